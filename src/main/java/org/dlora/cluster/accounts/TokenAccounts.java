package org.dlora.cluster.accounts;

/** Accounts that pay for tokens which no client's request has. Thread-safe. */
@FunctionalInterface
public interface TokenAccounts {
    /** Lets all work pass, and counts none. */
    TokenAccounts FREE = (_, _, _) -> Reservation.NONE;

    /** A work, as limits and usage count it. */
    enum Work {
        /** A request of its own, with a place and its part of requests per minute. */
        REQUEST,
        /** Tokens alone, beside a request that is counted already. */
        BESIDE
    }

    /** Tokens that a work may take. */
    @FunctionalInterface
    interface Reservation {
        /** Reservation of no account. */
        Reservation NONE = _ -> {};

        /** Ends the work, and gives back what it has not used; once. */
        void settle(long used);
    }

    /**
     * Reserves tokens for a work. Waits for nothing but short locks.
     *
     * @param author who orders it, as the audit names them
     * @param tokens that it can take at most
     * @throws TokensRefusedException if the author's limits have no room for it
     */
    Reservation reserve(String author, Work work, long tokens);
}
