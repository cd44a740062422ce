package org.dlora.catalogue.versions;

import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * Generation parameters that hold where a request gives none. An absent one says nothing.
 *
 * @param maxTokens most output tokens
 */
public record ParameterDefaults(
        OptionalDouble temperature,
        OptionalDouble topP,
        OptionalInt topK,
        OptionalDouble minP,
        OptionalDouble presencePenalty,
        OptionalDouble frequencyPenalty,
        OptionalDouble repetitionPenalty,
        OptionalInt maxTokens) {

    /** Says nothing. */
    public static final ParameterDefaults NONE =
            new ParameterDefaults(
                    OptionalDouble.empty(),
                    OptionalDouble.empty(),
                    OptionalInt.empty(),
                    OptionalDouble.empty(),
                    OptionalDouble.empty(),
                    OptionalDouble.empty(),
                    OptionalDouble.empty(),
                    OptionalInt.empty());

    /** Returns these defaults, with those of {@code other} where these say nothing. */
    public ParameterDefaults over(ParameterDefaults other) {
        return new ParameterDefaults(
                first(temperature, other.temperature),
                first(topP, other.topP),
                first(topK, other.topK),
                first(minP, other.minP),
                first(presencePenalty, other.presencePenalty),
                first(frequencyPenalty, other.frequencyPenalty),
                first(repetitionPenalty, other.repetitionPenalty),
                first(maxTokens, other.maxTokens));
    }

    private static OptionalDouble first(OptionalDouble one, OptionalDouble other) {
        return one.isPresent() ? one : other;
    }

    private static OptionalInt first(OptionalInt one, OptionalInt other) {
        return one.isPresent() ? one : other;
    }
}
