package org.dlora.replica;

import java.util.List;
import org.dlora.replica.request.FailureCode;
import org.dlora.replica.request.TokenLogprobs;
import org.jspecify.annotations.Nullable;

/** Result of a planned step, reported by the engine. */
public sealed interface StepResult {

    /**
     * A step that was computed.
     *
     * @param chunks results in the order of the plan's chunks
     */
    record Computed(List<ChunkResult> chunks) implements StepResult {
        public Computed {
            chunks = List.copyOf(chunks);
        }
    }

    /** A step that failed as a whole; {@code message} is fit for clients. */
    record Failed(FailureCode code, String message) implements StepResult {}

    /** Result of the rows of one sequence. */
    sealed interface ChunkResult {}

    /**
     * Rows that were computed.
     *
     * @param prompt log-probabilities for each position that the chunk names
     * @param sampled null unless the chunk samples; null also if its token is to be sampled in a
     *     later step, which computes the last row again
     */
    record Rows(List<TokenLogprobs> prompt, @Nullable SampledToken sampled) implements ChunkResult {
        public Rows {
            prompt = List.copyOf(prompt);
        }
    }

    /** Rows that fail their sequence alone; {@code message} is fit for the client. */
    record Broken(FailureCode code, String message) implements ChunkResult {}
}
