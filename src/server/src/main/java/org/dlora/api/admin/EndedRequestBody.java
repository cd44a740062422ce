package org.dlora.api.admin;

import java.time.Instant;
import java.util.List;
import org.dlora.cluster.history.RequestRecord;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/**
 * An ended request of the history. What did not happen is null.
 *
 * @param key place in the order of time, for {@code after}; a text, as it exceeds what JavaScript
 *     counts exactly
 * @param id the server's id of the request
 * @param clientId id that the client gave the call
 * @param apiKey id of the client's key, null where none was needed
 * @param team null until there are teams
 * @param model name that the client gave
 * @param adapter name of the adapter that served it, null for the base model
 * @param version number of the adapter's version
 * @param weightsHash hash of the version's weights; its own hash is that of the version
 * @param queued when it was given to a replica
 * @param begun when its first rows were computed
 * @param status {@code answered}, {@code failed} or {@code refused}
 * @param outcome finish reason or error code
 */
@JsonNaming(SnakeCaseStrategy.class)
record EndedRequestBody(
        String key,
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
        @Nullable Long seed) {

    static EndedRequestBody of(RequestRecord row) {
        var times = row.times();
        var usage = row.usage();
        return new EndedRequestBody(
                Long.toString(row.key()),
                row.request(),
                row.clientId(),
                row.apiKey(),
                row.team(),
                row.user(),
                row.model(),
                row.adapter(),
                row.alias(),
                row.number(),
                row.version(),
                row.replicas(),
                row.fingerprint(),
                row.numericMode(),
                times.arrived(),
                times.queued(),
                times.adapterReady(),
                row.begun(),
                times.firstToken(),
                times.done(),
                row.status(),
                row.outcome(),
                usage.promptTokens(),
                usage.cachedTokens(),
                usage.outputTokens(),
                row.migrations(),
                row.rescues(),
                usage.preemptions(),
                usage.steps().unmerged(),
                usage.steps().merged(),
                usage.steps().mixed(),
                row.exact(),
                row.seed());
    }
}
