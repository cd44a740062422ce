package org.dlora.security.limits;

import java.util.List;

/**
 * Rates that several servers share. Each call blocks and is one transaction; it throws {@link
 * UsageUnavailableException} if the database is away. Thread-safe.
 */
public interface SharedRates {

    /**
     * A part of a limit per minute.
     *
     * @param kind requests or tokens
     * @param limit per minute
     */
    record Claim(Limited owner, LimitKind kind, long limit, long amount) {
        /**
         * Returns the name by which it is kept: {@code key:} or {@code team:}, and its id or name.
         */
        public String name() {
            return owner.owner();
        }

        /** Returns a copy with another amount. */
        Claim of(long other) {
            return new Claim(owner, kind, limit, other);
        }
    }

    /**
     * Result of claims.
     *
     * @param taken whether all were taken; else none was
     * @param remaining rest of each, in their order
     */
    record Answer(boolean taken, List<Long> remaining) {}

    /** Takes all claims, or none. A limit that has changed keeps the share that is left. */
    Answer take(List<Claim> claims);

    /**
     * Gives back parts that were taken. If a limit has changed meanwhile, the same share of it
     * comes back.
     */
    void giveBack(List<Claim> claims);
}
