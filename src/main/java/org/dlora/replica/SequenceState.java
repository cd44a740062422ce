package org.dlora.replica;

import java.util.List;

/**
 * An unfinished sequence as a value, from which another replica can continue it. Keys and values
 * are not part of it; they are computed again from the tokens.
 *
 * @param request with its seed, which makes the random number of each draw a function of the draw's
 *     index; the index is the number of output tokens before it
 * @param output token ids sampled so far, all of which were sent to the client
 * @param unfinishedText text of a character that is not complete yet
 * @param heldText text that may become a stop string, which was not sent to the client
 * @param promptLogprobs log-probabilities of the prompt collected so far; they were sent if there
 *     is an output token
 * @param cachedTokens prompt tokens found in the prefix cache when the sequence first ran
 * @param hasRun whether the sequence has run in a step
 * @param preemptions times that it lost its KV blocks
 * @param steps that computed rows of it
 * @param age seconds since its arrival
 */
public record SequenceState(
        GenerationRequest request,
        int[] output,
        String unfinishedText,
        String heldText,
        List<TokenLogprobs> promptLogprobs,
        int cachedTokens,
        boolean hasRun,
        int preemptions,
        StepCounts steps,
        double age) {
    public SequenceState {
        promptLogprobs = List.copyOf(promptLogprobs);
    }

    /** Returns a sequence that has just arrived. */
    public static SequenceState of(GenerationRequest request) {
        return new SequenceState(
                request, new int[0], "", "", List.of(), 0, false, 0, StepCounts.NONE, 0);
    }
}
