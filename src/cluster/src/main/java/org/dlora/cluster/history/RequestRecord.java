package org.dlora.cluster.history;

import java.time.Instant;
import java.util.List;
import org.dlora.cluster.facts.CourseMark;
import org.dlora.cluster.facts.RequestTimes;
import org.dlora.replica.SequenceUsage;
import org.jspecify.annotations.Nullable;

/**
 * An ended request of the history.
 *
 * @param key place in the order of time
 * @param request the server's id of the request
 * @param model name that the client gave
 * @param adapter name of the adapter that served it, null for the base model
 * @param alias by which the client named the adapter, else null
 * @param number of the adapter's version, null if it has none
 * @param version hash of the adapter's content, null if not known
 * @param replicas ids of the replicas that it ran on, in order
 * @param numericMode of the server that answered
 * @param begun when a replica began to compute its first rows, null if none did or if that is not
 *     known
 * @param status {@code answered}, {@code failed} or {@code refused}
 * @param outcome finish reason or error code
 * @param exact whether it refused merged weights
 * @param seed of the sampler, null if no replica took the request
 * @param parameters JSON of its sampling and stop parameters
 * @param promptHash {@link org.dlora.cluster.facts.PromptHash} of its prompt, null if not kept
 * @param tokenHashes {@link org.dlora.cluster.facts.TokenChain} of its output tokens
 * @param logprobs natural log-probabilities of its output tokens, null unless it asked for them
 * @param text null unless texts are kept
 * @param course its interruptions, in order
 */
public record RequestRecord(
        long key,
        String request,
        @Nullable String clientId,
        @Nullable String apiKey,
        @Nullable String team,
        @Nullable String user,
        String model,
        @Nullable String adapter,
        @Nullable String alias,
        @Nullable Integer number,
        @Nullable String version,
        List<String> replicas,
        String fingerprint,
        String numericMode,
        RequestTimes times,
        @Nullable Instant begun,
        String status,
        String outcome,
        SequenceUsage usage,
        int migrations,
        int rescues,
        boolean exact,
        @Nullable Long seed,
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
