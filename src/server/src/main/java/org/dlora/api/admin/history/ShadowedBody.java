package org.dlora.api.admin.history;

import org.dlora.cluster.facts.ShadowFacts;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/**
 * The shadow of a request, compared with the client's answer. If it was dropped, only the version
 * and the outcome tell something.
 *
 * @param equalTokens share of equal tokens, 0…1
 * @param firstDifference index of the first token that differs, null if both answers are the same
 * @param logprobDifference mean difference before that token, nats; null if not known
 */
@JsonNaming(SnakeCaseStrategy.class)
record ShadowedBody(
        int version,
        @Nullable String weightsHash,
        String outcome,
        int clientTokens,
        int shadowTokens,
        @Nullable Double equalTokens,
        @Nullable Integer firstDifference,
        @Nullable Double logprobDifference) {

    static ShadowedBody of(ShadowFacts facts) {
        return new ShadowedBody(
                facts.number(),
                facts.version(),
                facts.outcome().word(),
                facts.clientTokens(),
                facts.shadowTokens(),
                facts.outcome().isCompared() ? (Double) facts.equalShare() : null,
                facts.firstDifference(),
                facts.logprobDifference());
    }
}
