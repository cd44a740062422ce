package org.dlora.replica;

import java.util.List;
import java.util.Set;

/**
 * When a sequence ends.
 *
 * @param maxTokens output tokens at most, at least 1 ({@code finish_reason: length})
 * @param minTokens before so many output tokens no end or stop token can be sampled
 * @param ignoreEos end tokens of the model do not end it
 * @param stopTokens further token ids that end it
 * @param stopStrings texts that end it; never part of the output, not even in a stream, unless
 *     {@code includeStop}
 */
public record StopConditions(
        int maxTokens,
        int minTokens,
        boolean ignoreEos,
        Set<Integer> stopTokens,
        List<String> stopStrings,
        boolean includeStop) {

    public static StopConditions after(int maxTokens) {
        return new StopConditions(maxTokens, 0, false, Set.of(), List.of(), false);
    }

    public StopConditions {
        stopTokens = Set.copyOf(stopTokens);
        stopStrings = List.copyOf(stopStrings);
    }
}
