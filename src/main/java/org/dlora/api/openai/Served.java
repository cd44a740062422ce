package org.dlora.api.openai;

import java.util.Optional;
import org.dlora.cluster.AdapterService;
import org.dlora.cluster.GenerationService;
import org.dlora.cluster.SchedulingService;
import org.dlora.cluster.ServedModels;
import org.dlora.cluster.Target;
import org.dlora.model.ChatFormat;
import org.dlora.model.GenerationDefaults;
import org.dlora.model.Tokenizer;
import org.springframework.util.StringUtils;

/**
 * A model that is ready, as the endpoints need it.
 *
 * @param defaults sampling defaults that a request overrides; empty values where {@code
 *     generation_config.json} is not used
 * @param maxQueue requests that may wait, so the most sequences one call may ask for
 * @param exactAllowed whether requests may refuse merged weights by {@code dlora_exact}
 * @param adapters loads and unloads them; empty where clients may not
 * @param scheduling how replicas choose their steps; empty where clients may not know
 */
public record Served(
        ServedModels models,
        GenerationDefaults defaults,
        int maxQueue,
        boolean exactAllowed,
        GenerationService generation,
        Optional<AdapterService> adapters,
        Optional<SchedulingService> scheduling) {

    private static final int NAMES_SHOWN = 10;

    /** What {@code model} stands for, or 404. */
    Target find(String model) {
        return models.find(model).orElseThrow(() -> noSuch(model));
    }

    /** 404: nothing is served as {@code model}. */
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

    /** Token ids are below it; the tokenizer may know fewer. */
    int vocabSize() {
        return models.base().spec().vocabSize();
    }

    /** Tokens of prompt and answer together. */
    int maxModelLength() {
        return models.maxModelLength();
    }

    /** A sentence that says what is served. */
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
