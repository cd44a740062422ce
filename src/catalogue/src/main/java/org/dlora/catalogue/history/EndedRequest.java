package org.dlora.catalogue.history;

import com.fasterxml.jackson.annotation.JsonFormat;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/**
 * An ended request, as the history lists it: one record that is stored, answered as JSON or CSV and
 * shown. What did not happen is null.
 *
 * @param key place in the order of time; in JSON a text, as it exceeds what JavaScript counts
 *     exactly
 * @param id the server's id of the request
 * @param clientId id that the client gave the call
 * @param apiKey id of the client's key, null where none was needed
 * @param user name of its user that the client gave
 * @param model name that the client gave
 * @param adapter name of the adapter that served it, null for the base model
 * @param alias by which the client named the adapter
 * @param version number of the adapter's version
 * @param weightsHash hash of the version's content
 * @param replicas ids of the replicas that it ran on, in order
 * @param numericMode of the server that answered
 * @param queued when it was given to a replica
 * @param begun when a replica began to compute its first rows, null if that is not known
 * @param status {@code answered}, {@code failed} or {@code refused}
 * @param outcome finish reason or error code
 * @param exact whether it refused merged weights
 * @param seed of the sampler, null if no replica took the request
 */
@JsonNaming(SnakeCaseStrategy.class)
public record EndedRequest(
        @JsonFormat(shape = JsonFormat.Shape.STRING) long key,
        String id,
        @Nullable String clientId,
        @Nullable String apiKey,
        @Nullable String team,
        @Nullable String user,
        String model,
        @Nullable String adapter,
        @Nullable String alias,
        @Nullable Integer version,
        @Nullable String weightsHash,
        List<String> replicas,
        String systemFingerprint,
        String numericMode,
        Instant arrived,
        @Nullable Instant queued,
        @Nullable Instant adapterReady,
        @Nullable Instant begun,
        @Nullable Instant firstToken,
        Instant done,
        String status,
        String outcome,
        int promptTokens,
        int cachedTokens,
        int outputTokens,
        int migrations,
        int rescues,
        int preemptions,
        int unmergedSteps,
        int mergedSteps,
        int mixedSteps,
        boolean exact,
        @Nullable Long seed) {}
