package org.dlora.api.openai.call;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import org.dlora.api.web.ApiException;
import org.dlora.catalogue.served.ServedModels;
import org.dlora.catalogue.served.Target;
import org.dlora.cluster.GenerationService;
import org.dlora.cluster.adapters.NoSuchAdapterException;
import org.dlora.cluster.adapters.ServedAdapter;
import org.dlora.model.ChatFormat;
import org.dlora.model.GenerationDefaults;
import org.dlora.model.tokenizer.Tokenizer;
import org.dlora.replica.request.PrefixOwner;
import org.dlora.security.Access;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.util.StringUtils;

/**
 * The served model, as calls get it.
 *
 * @param systemFingerprint value of {@code system_fingerprint} in answers; it says which base model
 *     they come from and how the numbers were computed
 * @param defaults sampling defaults that a request overrides; empty values where {@code
 *     generation_config.json} is not used
 * @param folderDefaults whether {@code generation_config.json} of adapters' folders is used
 * @param maxQueue requests that may wait, which is also the most sequences of one call
 * @param calls what calls may ask for, and get unasked
 */
public record ServedModel(
        ServedModels models,
        String systemFingerprint,
        GenerationDefaults defaults,
        boolean folderDefaults,
        int maxQueue,
        CallSettings calls,
        GenerationService generation) {

    private static final int NAMES_SHOWN = 10;

    /** Returns the owner of a call's cached prefixes, which have no salt. */
    public PrefixOwner prefixOwner(Access access) {
        return calls.prefixes().owner(access.teamName().orElse(null), access.keyId().orElse(null));
    }

    /** Lists the adapters that the call may use, in the order of {@code /v1/models}. */
    public List<ServedAdapter> visible(Access access) {
        return models.adapters(access::mayUse);
    }

    /**
     * Returns the model that is served as {@code model}.
     *
     * @throws ApiException with status 404 if there is none
     */
    public Target find(String model, Access access) {
        return models.find(model)
                .filter(target -> isVisible(target, access))
                .orElseThrow(() -> noSuch(model, access));
    }

    private static boolean isVisible(Target target, Access access) {
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
    public SelectedModel select(String model, @Nullable String user, Access access) {
        if (model.equals(name())) {
            return new SelectedModel(this, access, null);
        }
        // Asked first, so that not even a version that is not there tells of the adapter.
        if (!access.mayUse(adapterOf(model))) {
            throw noSuch(model, access);
        }
        try {
            return models.catalogue()
                    .choose(model, sticky(user, access), ThreadLocalRandom.current()::nextDouble)
                    .map(choice -> new SelectedModel(this, access, choice))
                    .orElseThrow(() -> noSuch(model, access));
        } catch (NoSuchAdapterException e) {
            throw ApiException.noSuchModel(e.getMessage() + ".");
        } catch (IllegalStateException e) {
            throw ApiException.of(HttpStatus.SERVICE_UNAVAILABLE, e.getMessage() + ".");
        }
    }

    private static @Nullable String sticky(@Nullable String user, Access access) {
        return user == null ? access.keyId().orElse(null) : user;
    }

    /** Returns the adapter's name in {@code name}, {@code name@version} or {@code name@alias}. */
    private String adapterOf(String model) {
        int at = model.lastIndexOf('@');
        return at < 1 || models.find(model).isPresent() ? model : model.substring(0, at);
    }

    /** Returns 404: no model is served as {@code model}. */
    ApiException noSuch(String model, Access access) {
        return ApiException.noSuchModel(
                "The model '" + StringUtils.truncate(model) + "' does not exist. " + names(access));
    }

    /** Returns what clients call the base model. */
    public String name() {
        return models.servedName();
    }

    public Tokenizer tokenizer() {
        return models.base().tokenizer();
    }

    public Optional<ChatFormat> chat() {
        return models.base().chat();
    }

    /** Returns the number of token ids of the model. The tokenizer may know fewer. */
    public int vocabSize() {
        return models.vocabSize();
    }

    /** Returns the most tokens of prompt and answer together. */
    public int maxModelLength() {
        return models.maxModelLength();
    }

    /** Returns a sentence that lists the models that a call may use. */
    public String names(Access access) {
        var adapters = visible(access);
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
