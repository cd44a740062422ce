package org.dlora.replica;

import java.util.List;
import java.util.Set;
import org.dlora.replica.request.GenerationEvent;
import org.dlora.replica.request.GenerationRequest;
import org.dlora.replica.request.StepCounts;
import org.dlora.replica.request.TokenLogprobs;
import org.jspecify.annotations.Nullable;

/**
 * An unfinished sequence as a value, from which another replica can continue it. Keys and values
 * are not part of it; they are computed again from the tokens.
 *
 * @param request with its seed, which makes the random number of each draw a function of the draw's
 *     index; the index is the number of output tokens before it
 * @param output token ids sampled so far, all of which were sent to the client
 * @param heldText text that may become a stop string, which was not sent to the client; null if it
 *     has to be found from the output tokens
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
        @Nullable String heldText,
        List<TokenLogprobs> promptLogprobs,
        int cachedTokens,
        boolean hasRun,
        int preemptions,
        StepCounts steps,
        double age) {
    public SequenceState {
        promptLogprobs = List.copyOf(promptLogprobs);
    }

    /**
     * Returns a sequence whose replica has failed, by what its client was told.
     *
     * @param output token ids that were sent
     * @param promptLogprobs log-probabilities that were sent
     * @param age seconds since the request's arrival
     */
    public static SequenceState told(
            GenerationRequest request,
            int[] output,
            List<TokenLogprobs> promptLogprobs,
            double age) {
        return new SequenceState(
                request,
                output,
                output.length == 0 ? "" : null,
                promptLogprobs,
                0,
                output.length > 0,
                0,
                StepCounts.NONE,
                age);
    }

    /** Returns whether the text that was not sent has to be found from the output tokens. */
    public boolean lacksText() {
        return heldText == null;
    }

    /**
     * Returns the sequence with the text that was not sent.
     *
     * @param texts the output tokens with their texts
     * @param endTokens of the model
     * @return the end of the answer instead if the output is complete
     */
    public Replayed replay(List<SampledToken> texts, Set<Integer> endTokens) {
        var begun = of(request);
        var replayed = new Output(begun, new SequenceTally(begun), endTokens, Integer.MAX_VALUE);
        for (var token : texts) {
            replayed.add(token);
        }
        var end = replayed.finished();
        return end != null
                ? new Replayed.Complete(end)
                : new Replayed.Unfinished(
                        new SequenceState(
                                request,
                                output,
                                replayed.heldText(),
                                promptLogprobs,
                                cachedTokens,
                                hasRun,
                                preemptions,
                                steps,
                                age));
    }

    /** A sequence whose text was found from its output tokens. */
    public sealed interface Replayed {
        /** The sequence goes on. */
        record Unfinished(SequenceState sequence) implements Replayed {}

        /** The output is complete, so nothing is left to compute. */
        record Complete(GenerationEvent.Finished end) implements Replayed {}
    }

    /** Returns the same sequence {@code seconds} later. */
    SequenceState aged(double seconds) {
        return new SequenceState(
                request,
                output,
                heldText,
                promptLogprobs,
                cachedTokens,
                hasRun,
                preemptions,
                steps,
                age + seconds);
    }

    /** Returns a sequence that has just arrived. */
    public static SequenceState of(GenerationRequest request) {
        return new SequenceState(
                request, new int[0], "", List.of(), 0, false, 0, StepCounts.NONE, 0);
    }
}
