package org.dlora.cluster.gate;

import org.dlora.cluster.adapters.GateNotRunException;

/** Accounts that pay for tokens which no client's request has. Thread-safe. */
@FunctionalInterface
public interface TokenAccounts {
    /** Lets all work pass, and counts none. */
    TokenAccounts FREE = (_, _) -> _ -> {};

    /** Tokens that a work may take. */
    @FunctionalInterface
    interface Reservation {
        /** Ends the work, and gives back what it has not used; once. */
        void settle(long used);
    }

    /**
     * Reserves tokens for a work.
     *
     * @param author who orders it, as the audit names them
     * @param tokens that it can take at most
     * @throws GateNotRunException if the author's limits have no room for it
     */
    Reservation reserve(String author, long tokens);
}
