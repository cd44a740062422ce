package org.dlora.security;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Optional;
import org.dlora.security.limits.Limited;
import org.jspecify.annotations.Nullable;

/**
 * A key as it is kept: all but the secret, of which only a hash is known.
 *
 * @param id visible begin of the key, {@code dlora_} and 12 hexadecimal digits
 * @param revoked time of its revocation, null if it is in force
 * @param lastUsed null if it was never used; up to a minute old
 * @param hash {@link KeySecret#hash} of the whole key
 * @param secret {@link KeySecret#print} of the secret that made the hash
 */
public record ApiKey(
        String id,
        KeySettings settings,
        Instant created,
        @Nullable Instant revoked,
        @Nullable Instant lastUsed,
        String hash,
        String secret) {

    public ApiKey {
        // As every database keeps it, so that a key is the same once it is read.
        revoked = revoked == null ? null : revoked.truncatedTo(ChronoUnit.MILLIS);
    }

    /** Returns the name for people. */
    public String name() {
        return settings.name();
    }

    /** Returns the name of the key's team; null if it has none. */
    public @Nullable String team() {
        return settings.team();
    }

    /** Returns the end that was set; null if the key does not expire. */
    public @Nullable Instant expires() {
        return settings.expires();
    }

    /** Returns whether the key is in force at a time. */
    public boolean isLive(Instant now) {
        return revoked == null && (expires() == null || now.isBefore(expires()));
    }

    /** Returns the word for the key's state at a time: active, expired or revoked. */
    public String state(Instant now) {
        return revoked != null ? "revoked" : isLive(now) ? "active" : "expired";
    }

    /** Returns the key as its limits hold for it. */
    public Limited limited() {
        return new Limited(Limited.Kind.KEY, id, settings.limits());
    }

    ApiKey revoked(Instant now) {
        return revoked == null ? withTimes(now, lastUsed) : this;
    }

    /** Returns the key with an end no later than {@code end}. */
    ApiKey endingBy(Instant end) {
        var expires = expires();
        return expires != null && expires.isBefore(end) ? this : with(settings.withExpires(end));
    }

    /** Returns a copy with other settings. */
    ApiKey with(KeySettings others) {
        return new ApiKey(id, others, created, revoked, lastUsed, hash, secret);
    }

    /** Returns a copy with other times of the revocation and the last use. */
    public ApiKey withTimes(@Nullable Instant revocation, @Nullable Instant use) {
        return new ApiKey(id, settings, created, revocation, use, hash, secret);
    }

    /** Returns the time of its end, by expiry or revocation; empty if it has none. */
    Optional<Instant> end() {
        return Optional.ofNullable(revoked == null ? expires() : revoked);
    }

    /** Returns the key's fields for the audit, none of them secret. */
    public Map<String, ?> state() {
        return settings.state();
    }

    /** The hash stays out of logs. */
    @Override
    public String toString() {
        return "ApiKey[" + id + "]";
    }
}
