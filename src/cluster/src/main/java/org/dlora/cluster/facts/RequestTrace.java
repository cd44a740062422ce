package org.dlora.cluster.facts;

import java.time.Instant;
import java.util.List;
import org.dlora.replica.request.GenerationRequest;
import org.jspecify.annotations.Nullable;

/**
 * Identity and parameters of a request, by which it is found again and repeated.
 *
 * @param adapter name of the adapter that served it, null for the base model or if there was none
 * @param number of the adapter's version in the catalogue, null if it has none
 * @param alias by which the client named the adapter, null if it gave the adapter's own name
 * @param endUser the client's name for its user ({@code user}), null if it gave none
 * @param apiKey id of the client's key, null where none is needed
 * @param team name of the key's team, null if it has none
 * @param begun when a replica began to compute its first rows, null if none did or if that is not
 *     known
 * @param traceParent trace context (W3C) of the span that its spans belong to, null if there is
 *     none
 * @param replicas ids of the replicas that it ran on, in order
 * @param request as it was submitted, with its seed
 * @param tokenHashes {@link TokenChain} of its output tokens
 * @param logprobs natural log-probabilities of its output tokens, null unless it asked for them
 * @param answer null unless an observer {@link RequestObserver#wantsText wants} it
 * @param course its interruptions, in order
 * @param part of its call that it counts for
 */
public record RequestTrace(
        @Nullable String adapter,
        @Nullable Integer number,
        @Nullable String alias,
        @Nullable String endUser,
        @Nullable String apiKey,
        @Nullable String team,
        @Nullable Instant begun,
        @Nullable String traceParent,
        List<String> replicas,
        GenerationRequest request,
        byte[] tokenHashes,
        float @Nullable [] logprobs,
        @Nullable AnswerText answer,
        List<CourseMark> course,
        CallPart part) {}
