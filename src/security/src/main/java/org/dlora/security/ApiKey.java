package org.dlora.security;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.dlora.security.limits.Limited;
import org.dlora.security.limits.Quota;
import org.jspecify.annotations.Nullable;

/**
 * A key as it is kept: all but the secret, of which only a hash is known.
 *
 * @param id visible begin of the key, {@code dlora_} and 12 hexadecimal digits
 * @param team name of its team, null if it has none
 * @param adapters adapters that the key may use, among its team's
 * @param expires null if it does not expire
 * @param revoked time of its revocation, null if it is in force
 * @param lastUsed null if it was never used; up to a minute old
 * @param hash {@link KeySecret#hash} of the whole key
 * @param secret {@link KeySecret#print} of the secret that made the hash
 * @param quota the most that it may take
 */
public record ApiKey(
        String id,
        String name,
        @Nullable String team,
        Set<Scope> scopes,
        AdapterPatterns adapters,
        Instant created,
        @Nullable Instant expires,
        @Nullable Instant revoked,
        @Nullable Instant lastUsed,
        String hash,
        String secret,
        Quota quota) {

    public ApiKey {
        scopes = Set.copyOf(scopes);
        expires = kept(expires);
        revoked = kept(revoked);
    }

    /** Returns a time as every database keeps it, so that a key is the same once it is read. */
    private static @Nullable Instant kept(@Nullable Instant time) {
        return time == null ? null : time.truncatedTo(ChronoUnit.MILLIS);
    }

    /** Returns whether the key is in force at a time. */
    public boolean isLive(Instant now) {
        return revoked == null && (expires == null || now.isBefore(expires));
    }

    /** Returns the key as its limits hold for it. */
    public Limited limited() {
        return new Limited(Limited.Kind.KEY, id, quota);
    }

    ApiKey revoked(Instant now) {
        return revoked == null ? with(expires, now, lastUsed) : this;
    }

    /** Returns the key with an end no later than {@code end}. */
    ApiKey endingBy(Instant end) {
        return expires != null && expires.isBefore(end) ? this : with(end, revoked, lastUsed);
    }

    ApiKey used(Instant at) {
        return with(expires, revoked, at);
    }

    private ApiKey with(
            @Nullable Instant end, @Nullable Instant revocation, @Nullable Instant use) {
        return new ApiKey(
                id,
                name,
                team,
                scopes,
                adapters,
                created,
                end,
                revocation,
                use,
                hash,
                secret,
                quota);
    }

    /** Returns the key with another name, scopes, adapters, end and limits. */
    ApiKey changed(KeyOrder order) {
        return new ApiKey(
                id,
                order.name(),
                order.team(),
                order.scopes(),
                order.adapters(),
                created,
                order.expires(),
                revoked,
                lastUsed,
                hash,
                secret,
                order.quota());
    }

    /** Returns the requested settings of the key. */
    public KeyOrder order() {
        return new KeyOrder(name, team, scopes, adapters, expires, quota);
    }

    /** Returns the time of its end, by expiry or revocation; empty if it has none. */
    Optional<Instant> end() {
        return Optional.ofNullable(revoked == null ? expires : revoked);
    }

    /** Returns the key's fields for the audit, none of them secret. */
    public Map<String, ?> state() {
        return Map.of(
                "name",
                name,
                "team",
                team == null ? "" : team,
                "scopes",
                scopes.stream().sorted().map(Scope::label).toList(),
                "adapters",
                adapters.patterns(),
                "limits",
                quota.state(),
                "expires",
                expires == null ? "" : expires.toString());
    }

    /** The hash stays out of logs. */
    @Override
    public String toString() {
        return "ApiKey[" + id + "]";
    }
}
