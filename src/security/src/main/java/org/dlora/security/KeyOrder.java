package org.dlora.security;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Set;
import org.dlora.security.limits.Quota;
import org.jspecify.annotations.Nullable;

/**
 * Requested settings of a key.
 *
 * @param name for people, 1 to 100 characters
 * @param team name of its team, null for none
 * @param adapters adapters that the key may use
 * @param expires null if it does not expire
 * @param quota the most that it may take
 */
public record KeyOrder(
        String name,
        @Nullable String team,
        Set<Scope> scopes,
        AdapterPatterns adapters,
        @Nullable Instant expires,
        Quota quota) {

    public KeyOrder {
        scopes = Set.copyOf(scopes);
        // As databases keep it, so that what was read again is equal.
        expires = expires == null ? null : expires.truncatedTo(ChronoUnit.MICROS);
    }

    /** A key without limits. */
    public KeyOrder(
            String name,
            @Nullable String team,
            Set<Scope> scopes,
            AdapterPatterns adapters,
            @Nullable Instant expires) {
        this(name, team, scopes, adapters, expires, Quota.NONE);
    }
}
