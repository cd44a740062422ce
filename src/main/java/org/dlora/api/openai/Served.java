package org.dlora.api.openai;

import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import org.dlora.adapter.source.AcquisitionJobs;
import org.dlora.cluster.GenerationService;
import org.dlora.cluster.SchedulingService;
import org.dlora.cluster.adapters.AdapterService;
import org.dlora.cluster.adapters.CatalogueService;
import org.dlora.cluster.adapters.NoSuchAdapterException;
import org.dlora.cluster.adapters.ResidencyService;
import org.dlora.cluster.adapters.ServedModels;
import org.dlora.cluster.adapters.Target;
import org.dlora.cluster.manifest.ManifestService;
import org.dlora.cluster.migration.MigrationService;
import org.dlora.cluster.replicas.ReplicaService;
import org.dlora.model.ChatFormat;
import org.dlora.model.GenerationDefaults;
import org.dlora.model.Tokenizer;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.util.StringUtils;

/**
 * The served model with its services, as the endpoints use it.
 *
 * @param systemFingerprint value of {@code system_fingerprint} in answers; it says which base model
 *     they come from and how the numbers were computed
 * @param defaults sampling defaults that a request overrides; empty values where {@code
 *     generation_config.json} is not used
 * @param folderDefaults whether {@code generation_config.json} of adapters' folders is used
 * @param maxQueue requests that may wait, which is also the most sequences of one call
 * @param exactAllowed whether requests may refuse merged weights by {@code dlora_exact}
 * @param adapters loads and unloads adapters; empty if clients may not do that
 * @param acquisitions acquires adapters from other places; empty if clients may not do that
 * @param catalogue shows and changes versions and aliases; empty if clients may not do that
 * @param scheduling shows and changes the scheduling; empty if clients may not do that
 * @param residency shows and changes which adapters are resident; empty if clients may not do that
 * @param replicas shows and drains replicas; empty if clients may not do that
 * @param migrations moves requests and adapters between replicas; empty if clients may not do that
 * @param manifest shows the manifest; empty if there is none, or clients may not see it
 */
public record Served(
        ServedModels models,
        String systemFingerprint,
        GenerationDefaults defaults,
        boolean folderDefaults,
        int maxQueue,
        boolean exactAllowed,
        GenerationService generation,
        Optional<AdapterService> adapters,
        Optional<AcquisitionJobs> acquisitions,
        Optional<CatalogueService> catalogue,
        Optional<SchedulingService> scheduling,
        Optional<ResidencyService> residency,
        Optional<ReplicaService> replicas,
        Optional<MigrationService> migrations,
        Optional<ManifestService> manifest) {

    private static final int NAMES_SHOWN = 10;

    /**
     * Returns the model that is served as {@code model}.
     *
     * @throws ApiException with status 404 if there is none
     */
    Target find(String model) {
        return models.find(model).orElseThrow(() -> noSuch(model));
    }

    /**
     * Returns the model that a call to {@code model} gets: a name, {@code name@version} or {@code
     * name@alias}. Blocks while the content of an adapter is validated on which the choice depends.
     *
     * @param user of the call, for routes that are sticky; null if it gives none
     * @throws ApiException with status 404 if there is none, or 503 if it cannot be served
     */
    SelectedModel select(String model, @Nullable String user) {
        if (model.equals(name())) {
            return new SelectedModel(this, null);
        }
        try {
            return models.catalogue()
                    .choose(model, user, ThreadLocalRandom.current()::nextDouble)
                    .map(choice -> new SelectedModel(this, choice))
                    .orElseThrow(() -> noSuch(model));
        } catch (NoSuchAdapterException e) {
            throw ApiException.noSuchModel(e.getMessage() + ".");
        } catch (IllegalStateException e) {
            throw ApiException.of(HttpStatus.SERVICE_UNAVAILABLE, e.getMessage() + ".");
        }
    }

    /** Returns 404: no model is served as {@code model}. */
    ApiException noSuch(String model) {
        return ApiException.noSuchModel(
                "The model '" + StringUtils.truncate(model) + "' does not exist. " + names());
    }

    String name() {
        return models.servedName();
    }

    Tokenizer tokenizer() {
        return models.base().tokenizer();
    }

    Optional<ChatFormat> chat() {
        return models.base().chat();
    }

    /** Returns the number of token ids of the model. The tokenizer may know fewer. */
    int vocabSize() {
        return models.base().spec().vocabSize();
    }

    /** Returns the most tokens of prompt and answer together. */
    int maxModelLength() {
        return models.maxModelLength();
    }

    /** Returns a sentence that lists the served models. */
    String names() {
        var adapters = models.adapters();
        var some = adapters.stream().limit(NAMES_SHOWN).map(adapter -> adapter.name()).toList();
        var rest = adapters.size() > NAMES_SHOWN ? ", … (GET /v1/models lists all)" : "";
        return some.isEmpty()
                ? "Served is '" + name() + "'."
                : "Served are '"
                        + name()
                        + "' and the adapters "
                        + String.join(", ", some)
                        + rest
                        + ".";
    }
}
