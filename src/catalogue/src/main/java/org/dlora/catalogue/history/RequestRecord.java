package org.dlora.catalogue.history;

import java.util.List;
import org.dlora.cluster.facts.CourseMark;
import org.jspecify.annotations.Nullable;

/**
 * An ended request with all that the history keeps of it.
 *
 * @param parameters JSON of its sampling and stop parameters
 * @param promptHash {@link org.dlora.cluster.facts.PromptHash} of its prompt, null if not kept
 * @param tokenHashes {@link org.dlora.cluster.facts.TokenChain} of its output tokens
 * @param logprobs natural log-probabilities of its output tokens, null unless it asked for them
 * @param text null unless texts are kept
 * @param course its interruptions, in order
 */
public record RequestRecord(
        EndedRequest ended,
        String parameters,
        @Nullable String promptHash,
        byte[] tokenHashes,
        float @Nullable [] logprobs,
        @Nullable KeptText text,
        List<CourseMark> course) {

    /**
     * Prompt and answer of a request.
     *
     * @param prompt token ids
     * @param tokens ids of the output tokens
     * @param answer as the client got it
     */
    public record KeptText(int[] prompt, int[] tokens, String answer) {}
}
