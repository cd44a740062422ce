package org.dlora.api.openai;

import org.dlora.cluster.catalogue.ParameterDefaults;

/** Reader of default parameters within the ranges that the parameters of requests have. */
public final class ParameterRanges {
    private ParameterRanges() {}

    /**
     * Reads all members of {@code fields}.
     *
     * @throws ApiException if one is unknown or out of range
     */
    public static ParameterDefaults read(Fields fields) {
        var read =
                new ParameterDefaults(
                        fields.number("temperature", 0, Sampling.MAX_TEMPERATURE),
                        fields.number("top_p", 0, 1),
                        Sampling.topK(fields),
                        fields.number("min_p", 0, 1),
                        fields.number(
                                "presence_penalty", -Sampling.MAX_PENALTY, Sampling.MAX_PENALTY),
                        fields.number(
                                "frequency_penalty", -Sampling.MAX_PENALTY, Sampling.MAX_PENALTY),
                        fields.positive("repetition_penalty", Sampling.MAX_REPETITION_PENALTY),
                        fields.integer("max_tokens", 1, Integer.MAX_VALUE));
        fields.end();
        return read;
    }
}
