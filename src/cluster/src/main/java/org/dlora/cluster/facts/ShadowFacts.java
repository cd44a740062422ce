package org.dlora.cluster.facts;

import org.jspecify.annotations.Nullable;

/**
 * Comparison of a shadow with the answer that the client got.
 *
 * @param request id of the client's request
 * @param adapter its name
 * @param alias of the client's request, empty for the name alone
 * @param number of the shadow's version
 * @param version hash of the shadow's content, null if it is not known
 * @param clientTokens output tokens of the client's answer; 0 if the shadow was dropped, as are the
 *     next two
 * @param equalTokens positions at which both answers have the same token
 * @param firstDifference index of the first token that differs, null if both are the same or the
 *     shadow was dropped
 * @param logprobDifference mean absolute difference of the log-probabilities of the tokens before
 *     the first difference, nats; null if they are not known
 */
public record ShadowFacts(
        String request,
        String adapter,
        String alias,
        int number,
        @Nullable String version,
        ShadowOutcome outcome,
        int clientTokens,
        int shadowTokens,
        int equalTokens,
        @Nullable Integer firstDifference,
        @Nullable Double logprobDifference) {

    /** Returns a copy with other names of its request, adapter and alias. */
    public ShadowFacts named(String ofRequest, String ofAdapter, String ofAlias) {
        return new ShadowFacts(
                ofRequest,
                ofAdapter,
                ofAlias,
                number,
                version,
                outcome,
                clientTokens,
                shadowTokens,
                equalTokens,
                firstDifference,
                logprobDifference);
    }

    /** Returns the share of equal tokens, 0…1, of the longer answer; 1 if both are empty. */
    public double equalShare() {
        int longer = Math.max(clientTokens, shadowTokens);
        return longer == 0 ? 1 : (double) equalTokens / longer;
    }

    /** Returns whether both answers are the same. */
    public boolean isIdentical() {
        return outcome == ShadowOutcome.COMPARED && firstDifference == null;
    }
}
