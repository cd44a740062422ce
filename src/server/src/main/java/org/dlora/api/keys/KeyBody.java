package org.dlora.api.keys;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;
import java.time.Instant;
import java.util.List;
import org.dlora.security.ApiKey;
import org.dlora.security.IssuedKey;
import org.dlora.security.Scope;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/**
 * A key.
 *
 * @param id its visible begin
 * @param key the whole key; only in the answer to the call that makes it
 * @param state active, expired or revoked
 * @param limits the most that it may take; those of its team hold too
 * @param usage usage of the key
 * @param lastUsed up to a minute old where other servers use it; null if it was never used
 */
@JsonNaming(SnakeCaseStrategy.class)
record KeyBody(
        String id,
        @JsonInclude(Include.NON_NULL) @Nullable String key,
        String name,
        @Nullable String team,
        List<String> scopes,
        List<String> adapters,
        LimitsBody limits,
        KeyUsageBody usage,
        String state,
        Instant created,
        @Nullable Instant expires,
        @Nullable Instant revoked,
        @Nullable Instant lastUsed) {

    static KeyBody of(ApiKey key, KeyUsageBody usage, Instant now) {
        return of(key, null, usage, now);
    }

    static KeyBody of(IssuedKey issued, KeyUsageBody usage, Instant now) {
        return of(issued.key(), issued.secret(), usage, now);
    }

    private static KeyBody of(
            ApiKey key, @Nullable String secret, KeyUsageBody usage, Instant now) {
        return new KeyBody(
                key.id(),
                secret,
                key.name(),
                key.team(),
                labels(key),
                key.adapters().patterns(),
                LimitsBody.of(key.quota()),
                usage,
                key.revoked() != null ? "revoked" : key.isLive(now) ? "active" : "expired",
                key.created(),
                key.expires(),
                key.revoked(),
                key.lastUsed());
    }

    private static List<String> labels(ApiKey key) {
        return key.scopes().stream().sorted().map(Scope::label).toList();
    }

    /** Keeps the key out of logs. */
    @Override
    public String toString() {
        return "KeyBody[" + id + "]";
    }
}
