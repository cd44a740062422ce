package org.dlora.scheduling;

/** How many rows a step may have. */
final class TokenBudget {
    private TokenBudget() {}

    static int of(Snapshot snapshot) {
        return snapshot.limits().maxTokens();
    }
}
