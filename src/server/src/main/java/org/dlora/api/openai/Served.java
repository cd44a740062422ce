package org.dlora.api.openai;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import org.dlora.adapter.source.AcquisitionJobs;
import org.dlora.cluster.GenerationService;
import org.dlora.cluster.SchedulingService;
import org.dlora.cluster.adapters.AdapterService;
import org.dlora.cluster.adapters.CatalogueService;
import org.dlora.cluster.adapters.NoSuchAdapterException;
import org.dlora.cluster.adapters.ResidencyService;
import org.dlora.cluster.adapters.ServedAdapter;
import org.dlora.cluster.adapters.ServedModels;
import org.dlora.cluster.adapters.Target;
import org.dlora.cluster.manifest.ManifestService;
import org.dlora.cluster.migration.MigrationService;
import org.dlora.cluster.replicas.ReplicaService;
import org.dlora.model.ChatFormat;
import org.dlora.model.GenerationDefaults;
import org.dlora.model.Tokenizer;
import org.dlora.replica.request.PrefixOwner;
import org.dlora.security.Access;
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
 * @param calls what calls may ask for, and get unasked
 * @param adapters loads and unloads adapters; empty if clients may not do that
 * @param acquisitions acquires adapters from other places; empty if clients may not do that
 * @param catalogue shows and changes versions and aliases; empty if clients may not do that
 * @param scheduling shows and changes the scheduling; empty if clients may not do that
 * @param residency shows and changes which adapters are resident; empty if clients may not do that
 * @param replicas shows and drains replicas; empty if clients may not do that
 * @param migrations moves requests and adapters between replicas; empty if clients may not do that
 * @param manifest shows the manifest; empty if there is none, or clients may not see it
 * @param access what the call may do that asks; an adapter that it may not use is not there for it
 */
public record Served(
        ServedModels models,
        String systemFingerprint,
        GenerationDefaults defaults,
        boolean folderDefaults,
        int maxQueue,
        CallSettings calls,
        GenerationService generation,
        Optional<AdapterService> adapters,
        Optional<AcquisitionJobs> acquisitions,
        Optional<CatalogueService> catalogue,
        Optional<SchedulingService> scheduling,
        Optional<ResidencyService> residency,
        Optional<ReplicaService> replicas,
        Optional<MigrationService> migrations,
        Optional<ManifestService> manifest,
        Access access) {

    private static final int NAMES_SHOWN = 10;

    /** Returns what is served, for calls that may do everything. */
    public Served(
            ServedModels models,
            String systemFingerprint,
            GenerationDefaults defaults,
            boolean folderDefaults,
            int maxQueue,
            CallSettings calls,
            GenerationService generation,
            Optional<AdapterService> adapters,
            Optional<AcquisitionJobs> acquisitions,
            Optional<CatalogueService> catalogue,
            Optional<SchedulingService> scheduling,
            Optional<ResidencyService> residency,
            Optional<ReplicaService> replicas,
            Optional<MigrationService> migrations,
            Optional<ManifestService> manifest) {
        this(
                models,
                systemFingerprint,
                defaults,
                folderDefaults,
                maxQueue,
                calls,
                generation,
                adapters,
                acquisitions,
                catalogue,
                scheduling,
                residency,
                replicas,
                migrations,
                manifest,
                Access.OPEN);
    }

    /** Returns the same as a call with {@code other} access sees it. */
    Served as(Access other) {
        return other.equals(access)
                ? this
                : new Served(
                        models,
                        systemFingerprint,
                        defaults,
                        folderDefaults,
                        maxQueue,
                        calls,
                        generation,
                        adapters,
                        acquisitions,
                        catalogue,
                        scheduling,
                        residency,
                        replicas,
                        migrations,
                        manifest,
                        other);
    }

    /** Returns the owner of the cached prefixes of the call, which has no salt. */
    public PrefixOwner prefixOwner() {
        return calls.prefixes().owner(access.teamName().orElse(null), access.keyId().orElse(null));
    }

    /** Lists the adapters that the call may use, in the order of {@code /v1/models}. */
    public List<ServedAdapter> visible() {
        return models.adapters().stream().filter(one -> access.mayUse(one.name())).toList();
    }

    /**
     * Returns the model that is served as {@code model}.
     *
     * @throws ApiException with status 404 if there is none
     */
    Target find(String model) {
        return models.find(model).filter(this::isVisible).orElseThrow(() -> noSuch(model));
    }

    private boolean isVisible(Target target) {
        return switch (target) {
            case Target.Base _ -> true;
            case Target.Adapted adapted -> access.mayUse(adapted.name());
        };
    }

    /**
     * Returns the model that a call to {@code model} gets: a name, {@code name@version} or {@code
     * name@alias}. Blocks while the content of an adapter is validated on which the choice depends.
     *
     * @param user of the call, for routes that are sticky; null if it gives none, and its key
     *     counts
     * @throws ApiException with status 404 if there is none, or 503 if it cannot be served
     */
    SelectedModel select(String model, @Nullable String user) {
        if (model.equals(name())) {
            return new SelectedModel(this, null);
        }
        // Asked first, so that not even a version that is not there tells of the adapter.
        if (!access.mayUse(adapterOf(model))) {
            throw noSuch(model);
        }
        try {
            return models.catalogue()
                    .choose(model, sticky(user), ThreadLocalRandom.current()::nextDouble)
                    .map(choice -> new SelectedModel(this, choice))
                    .orElseThrow(() -> noSuch(model));
        } catch (NoSuchAdapterException e) {
            throw ApiException.noSuchModel(e.getMessage() + ".");
        } catch (IllegalStateException e) {
            throw ApiException.of(HttpStatus.SERVICE_UNAVAILABLE, e.getMessage() + ".");
        }
    }

    private @Nullable String sticky(@Nullable String user) {
        return user == null ? access.keyId().orElse(null) : user;
    }

    /** Returns the adapter's name in {@code name}, {@code name@version} or {@code name@alias}. */
    private String adapterOf(String model) {
        int at = model.lastIndexOf('@');
        return at < 1 || models.find(model).isPresent() ? model : model.substring(0, at);
    }

    /**
     * Checks that the call may know of an adapter, if there is one.
     *
     * @throws NoSuchAdapterException if it must not, as if there were none
     */
    public void requireVisible(String adapter) {
        if (!access.mayUse(adapter)) {
            throw new NoSuchAdapterException(adapter);
        }
    }

    /**
     * Checks that the call may change an adapter.
     *
     * @throws NoSuchAdapterException if it must not know of it, as if there were none
     * @throws org.dlora.security.AccessRefusedException if it may know of it, but not change it
     */
    public void requireChange(String adapter) {
        requireVisible(adapter);
        access.requireChange(adapter);
    }

    /** Returns 404: no model is served as {@code model}. */
    ApiException noSuch(String model) {
        return ApiException.noSuchModel(
                "The model '" + StringUtils.truncate(model) + "' does not exist. " + names());
    }

    /** Returns what clients call the base model. */
    public String name() {
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
        var adapters = visible();
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
