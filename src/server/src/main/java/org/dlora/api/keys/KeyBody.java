package org.dlora.api.keys;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import java.time.Instant;
import org.dlora.security.ApiKey;
import org.dlora.security.KeySettings;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/**
 * A key.
 *
 * @param id its visible begin
 * @param key the whole key; only in the answer to the call that makes it
 * @param state active, expired or revoked
 * @param usage usage of the key
 * @param lastUsed up to a minute old where other servers use it; null if it was never used
 */
@JsonNaming(SnakeCaseStrategy.class)
record KeyBody(
        String id,
        @JsonInclude(Include.NON_NULL) @Nullable String key,
        @JsonUnwrapped KeySettings settings,
        KeyUsageBody usage,
        String state,
        Instant created,
        @Nullable Instant expires,
        @Nullable Instant revoked,
        @Nullable Instant lastUsed) {

    /**
     * @param secret the whole key; null if it is not new
     */
    static KeyBody of(ApiKey key, @Nullable String secret, KeyUsageBody usage, Instant now) {
        return new KeyBody(
                key.id(),
                secret,
                key.settings(),
                usage,
                key.state(now),
                key.created(),
                key.expires(),
                key.revoked(),
                key.lastUsed());
    }

    /** Keeps the key out of logs. */
    @Override
    public String toString() {
        return "KeyBody[" + id + "]";
    }
}
