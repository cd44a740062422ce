package org.dlora.api.web;

import java.util.OptionalInt;
import org.dlora.catalogue.versions.ParameterDefaults;

/** Reader of default parameters within the ranges that the parameters of requests have. */
public final class ParameterRanges {
    public static final double MAX_TEMPERATURE = 2;
    public static final double MAX_PENALTY = 2;
    public static final double MAX_REPETITION_PENALTY = 10;

    private ParameterRanges() {}

    /**
     * Reads all members of {@code fields}.
     *
     * @throws ApiException if one is unknown or out of range
     */
    public static ParameterDefaults read(Fields fields) {
        var read =
                new ParameterDefaults(
                        fields.number("temperature", 0, MAX_TEMPERATURE),
                        fields.number("top_p", 0, 1),
                        topK(fields),
                        fields.number("min_p", 0, 1),
                        fields.number("presence_penalty", -MAX_PENALTY, MAX_PENALTY),
                        fields.number("frequency_penalty", -MAX_PENALTY, MAX_PENALTY),
                        fields.positive("repetition_penalty", MAX_REPETITION_PENALTY),
                        fields.integer("max_tokens", 1, Integer.MAX_VALUE));
        fields.end();
        return read;
    }

    /** Reads {@code top_k}; vLLM writes "all" as 0 or -1. */
    public static OptionalInt topK(Fields fields) {
        var topK = fields.integer("top_k", -1, Integer.MAX_VALUE);
        return topK.isPresent() ? OptionalInt.of(Math.max(0, topK.getAsInt())) : topK;
    }
}
