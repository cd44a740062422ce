package org.dlora.catalogue.accounts;

import org.dlora.replica.request.PrefixOwner;

/**
 * Accounts of authors who order work that no client's request has: they pay for its tokens and own
 * its cached prefixes. Thread-safe.
 */
public interface TokenAccounts {
    /** Accounts that let all work pass and count none, and whose authors share all prefixes. */
    TokenAccounts FREE =
            new TokenAccounts() {
                @Override
                public Reservation reserve(String author, Work work, long tokens) {
                    return Reservation.NONE;
                }

                @Override
                public PrefixOwner prefixOwner(String author) {
                    return PrefixOwner.SHARED;
                }
            };

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
     * @param author author of the change, as the audit names them
     * @param tokens that it can take at most
     * @throws TokensRefusedException if the author's limits have no room for it
     */
    Reservation reserve(String author, Work work, long tokens);

    /**
     * Returns the owner of the cached prefixes of an author's work.
     *
     * @param author author of the change, as the audit names them
     */
    PrefixOwner prefixOwner(String author);
}
