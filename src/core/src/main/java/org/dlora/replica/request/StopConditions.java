package org.dlora.replica.request;

import java.util.List;
import java.util.Set;
import org.dlora.replica.stop.StopStrings;

/**
 * Conditions that end a sequence.
 *
 * @param maxTokens output tokens at most, at least 1 ({@code finish_reason: length})
 * @param minTokens number of output tokens before which no end or stop token can be sampled
 * @param ignoreEos whether end tokens of the model do not end it
 * @param stopTokens further token ids that end it; a {@link TokenIdSet}
 * @param stopStrings texts that end it, at most {@link #MAX_STOP_STRINGS}; never part of the
 *     output, not even in a stream, unless {@code includeStop}. They are compiled once, and copies
 *     of the conditions share that
 */
public record StopConditions(
        int maxTokens,
        int minTokens,
        boolean ignoreEos,
        Set<Integer> stopTokens,
        List<String> stopStrings,
        boolean includeStop) {

    /** The most stop strings of a request. */
    public static final int MAX_STOP_STRINGS = 64;

    /** The most characters (UTF-16 units) of a stop string, which bounds the cost of the search. */
    public static final int MAX_STOP_LENGTH = 256;

    /**
     * Returns conditions with the model's end tokens and a length of {@code maxTokens} output
     * tokens.
     */
    public static StopConditions after(int maxTokens) {
        return new StopConditions(maxTokens, 0, false, Set.of(), List.of(), false);
    }

    /** Returns the same conditions with a length of at most {@code tokens} output tokens. */
    public StopConditions atMost(int tokens) {
        return new StopConditions(
                Math.min(maxTokens, tokens),
                minTokens,
                ignoreEos,
                stopTokens,
                stopStrings,
                includeStop);
    }

    public StopConditions {
        stopTokens = TokenIdSet.of(stopTokens);
        stopStrings = StopStrings.of(stopStrings);
    }
}
