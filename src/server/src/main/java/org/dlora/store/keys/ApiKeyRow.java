package org.dlora.store.keys;

import jakarta.persistence.Embedded;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;
import java.util.stream.Collectors;
import org.dlora.security.AdapterPatterns;
import org.dlora.security.ApiKey;
import org.dlora.security.Scope;
import org.jspecify.annotations.Nullable;

/** An API key in table {@code api_key}. */
@Entity
@Table(name = "api_key")
class ApiKeyRow {
    @Id String id = "";
    String name = "";
    @Nullable String team;

    /** One scope a line. */
    String scopes = "";

    /** One pattern a line. */
    String adapters = "";

    Instant createdAt = Instant.EPOCH;
    @Nullable Instant expiresAt;
    @Nullable Instant revokedAt;
    @Nullable Instant lastUsedAt;
    String hash = "";
    String secret = "";
    @Embedded @Nullable QuotaColumns quota;

    /**
     * Takes what a key says. A revocation stays, whatever another server knew when it made its
     * change.
     */
    void take(ApiKey key) {
        id = key.id();
        name = key.name();
        team = key.team();
        scopes = key.scopes().stream().map(Scope::label).sorted().collect(Collectors.joining("\n"));
        adapters = String.join("\n", key.adapters().patterns());
        createdAt = key.created();
        expiresAt = key.expires();
        revokedAt = revokedAt == null ? key.revoked() : revokedAt;
        hash = key.hash();
        secret = key.secret();
        quota = QuotaColumns.of(key.quota());
    }

    ApiKey key() {
        return new ApiKey(
                id,
                name,
                team,
                scopes.lines()
                        .flatMap(label -> Scope.of(label).stream())
                        .collect(Collectors.toSet()),
                new AdapterPatterns(adapters.lines().toList()),
                createdAt,
                expiresAt,
                revokedAt,
                lastUsedAt,
                hash,
                secret,
                QuotaColumns.quota(quota));
    }
}
