package org.dlora.api.admin.adapters;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.dlora.catalogue.versions.ParameterDefaults;

/** Writer of default parameters. */
public final class DefaultsBody {
    private DefaultsBody() {}

    /** Returns the parameters that have a value, by the names that requests use. */
    public static Map<String, Number> parameters(ParameterDefaults defaults) {
        var given = new LinkedHashMap<String, Number>();
        put(given, "temperature", defaults.temperature());
        put(given, "top_p", defaults.topP());
        put(given, "top_k", defaults.topK());
        put(given, "min_p", defaults.minP());
        put(given, "presence_penalty", defaults.presencePenalty());
        put(given, "frequency_penalty", defaults.frequencyPenalty());
        put(given, "repetition_penalty", defaults.repetitionPenalty());
        put(given, "max_tokens", defaults.maxTokens());
        return given;
    }

    private static void put(Map<String, Number> given, String name, OptionalDouble value) {
        if (value.isPresent()) {
            given.put(name, value.getAsDouble());
        }
    }

    private static void put(Map<String, Number> given, String name, OptionalInt value) {
        if (value.isPresent()) {
            given.put(name, value.getAsInt());
        }
    }
}
