package org.dlora.security;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.dlora.security.limits.Limits;
import org.jspecify.annotations.Nullable;

/**
 * Settings of a key, as an operator requests them, the database keeps them, and answers and pages
 * show them.
 *
 * @param name for people, 1 to 100 characters
 * @param team name of its team, null for none
 * @param scopes what the key is for, in the order of {@link Scope}
 * @param adapters adapters that the key may use, among its team's
 * @param expires null if it does not expire; JSON has it beside the key's other times
 * @param limits the most that it may take
 */
public record KeySettings(
        String name,
        @Nullable String team,
        Set<Scope> scopes,
        AdapterPatterns adapters,
        @JsonIgnore @Nullable Instant expires,
        Limits limits) {

    /**
     * @param limits null if all its columns are, as databases have it
     */
    public KeySettings(
            String name,
            @Nullable String team,
            Set<Scope> scopes,
            AdapterPatterns adapters,
            @Nullable Instant expires,
            @Nullable Limits limits) {
        this.name = name;
        this.team = team;
        this.scopes = Collections.unmodifiableSet(new TreeSet<>(scopes));
        this.adapters = adapters;
        // As every database keeps it, so that what was read again is equal.
        this.expires = expires == null ? null : expires.truncatedTo(ChronoUnit.MILLIS);
        this.limits = limits == null ? Limits.NONE : limits;
    }

    /** A key without limits. */
    public KeySettings(
            String name,
            @Nullable String team,
            Set<Scope> scopes,
            AdapterPatterns adapters,
            @Nullable Instant expires) {
        this(name, team, scopes, adapters, expires, Limits.NONE);
    }

    /** Returns a copy with another end; null for none. */
    public KeySettings withExpires(@Nullable Instant end) {
        return new KeySettings(name, team, scopes, adapters, end, limits);
    }

    /** Returns the settings for the audit, none of them secret. */
    Map<String, ?> state() {
        return Map.of(
                "name",
                name,
                "team",
                team == null ? "" : team,
                "scopes",
                scopes.stream().map(Scope::label).toList(),
                "adapters",
                adapters.patterns(),
                "limits",
                limits.state(),
                "expires",
                expires == null ? "" : expires.toString());
    }
}
