package org.dlora.catalogue.shadow;

import java.util.ArrayList;
import java.util.List;
import org.dlora.cluster.facts.ShadowFacts;
import org.dlora.cluster.facts.ShadowOutcome;
import org.dlora.cluster.requests.ShadowRequest;
import org.dlora.replica.request.GenerationEvent.Token;
import org.jspecify.annotations.Nullable;

/** Comparison of two answers, token by token. */
final class ShadowComparison {
    private final List<Token> client = new ArrayList<>();
    private final List<Token> shadow = new ArrayList<>();

    /**
     * Returns the outcome of a shadow, with the comparison if both answers are there.
     *
     * @param request id of the client's request
     */
    ShadowFacts facts(String request, ShadowRequest wanted, ShadowOutcome end) {
        boolean isCompared = end.isCompared();
        return new ShadowFacts(
                request,
                wanted.choice().adapter(),
                wanted.alias(),
                wanted.choice().number(),
                wanted.choice().served().version().orElse(null),
                end,
                isCompared ? clientTokens() : 0,
                isCompared ? shadowTokens() : 0,
                isCompared ? equalTokens() : 0,
                isCompared ? firstDifference() : null,
                isCompared ? logprobDifference() : null);
    }

    void client(Token token) {
        client.add(token);
    }

    void shadow(Token token) {
        shadow.add(token);
    }

    int clientTokens() {
        return client.size();
    }

    int shadowTokens() {
        return shadow.size();
    }

    private int shorter() {
        return Math.min(client.size(), shadow.size());
    }

    private boolean isEqualAt(int index) {
        return client.get(index).token() == shadow.get(index).token();
    }

    /** Returns the number of positions with the same token. */
    int equalTokens() {
        int equal = 0;
        for (int i = 0; i < shorter(); i++) {
            equal += isEqualAt(i) ? 1 : 0;
        }
        return equal;
    }

    /** Returns the number of tokens before the first that differs. */
    private int common() {
        int common = 0;
        while (common < shorter() && isEqualAt(common)) {
            common++;
        }
        return common;
    }

    /** Returns the index of the first token that differs; null if both answers are the same. */
    @Nullable Integer firstDifference() {
        int common = common();
        return common == client.size() && common == shadow.size() ? null : (Integer) common;
    }

    /**
     * Returns the mean absolute difference of log-probabilities before the first difference, nats;
     * null if none is known of both.
     */
    @Nullable Double logprobDifference() {
        double sum = 0;
        int known = 0;
        int common = common();
        for (int i = 0; i < common; i++) {
            var one = client.get(i).logprobs();
            var other = shadow.get(i).logprobs();
            if (one != null && other != null) {
                sum += Math.abs((double) one.token().logprob() - other.token().logprob());
                known++;
            }
        }
        return known == 0 ? null : (Double) (sum / known);
    }
}
