package org.dlora.console.access;

import static java.util.stream.Collectors.toSet;

import java.time.Instant;
import java.util.Set;
import org.dlora.api.keys.KeyTimes;
import org.dlora.api.web.ApiException;
import org.dlora.console.page.FormFields;
import org.dlora.security.ApiKey;
import org.dlora.security.KeySettings;
import org.dlora.security.Scope;
import org.jspecify.annotations.Nullable;

/**
 * A key as a form has it.
 *
 * @param team empty for none
 * @param scopes labels of those that are checked
 * @param adapters patterns, one on each line
 * @param expires a time, or a duration from now; empty for never
 */
record KeyEntry(
        String name,
        String team,
        Set<String> scopes,
        String adapters,
        String expires,
        LimitsEntry limits) {
    /** A new key, before anything is filled in. */
    static final KeyEntry NEW =
            new KeyEntry("", "", Set.of(Scope.INFERENCE.label()), "*", "", LimitsEntry.NONE);

    /** The first key of a server, which has to be an administrator's. */
    static final KeyEntry FIRST =
            new KeyEntry("", "", Set.of(Scope.ADMIN.label()), "*", "", LimitsEntry.NONE);

    /** Returns the same for a key of a team; empty for none. */
    KeyEntry withTeam(String owner) {
        return new KeyEntry(name, owner, scopes, adapters, expires, limits);
    }

    static KeyEntry of(ApiKey key) {
        var settings = key.settings();
        return new KeyEntry(
                settings.name(),
                settings.team() == null ? "" : settings.team(),
                settings.scopes().stream().map(Scope::label).collect(toSet()),
                PatternLines.of(settings.adapters()),
                settings.expires() == null ? "" : settings.expires().toString(),
                LimitsEntry.of(settings.limits()));
    }

    static KeyEntry of(FormFields fields) {
        return new KeyEntry(
                fields.text("name"),
                fields.text("team"),
                Set.copyOf(fields.texts("scopes")),
                fields.text("adapters"),
                fields.text("expires"),
                LimitsEntry.of(fields));
    }

    /**
     * Returns the requested settings of the key. Most are checked when the change is made.
     *
     * @throws ApiException if a field cannot be read
     */
    KeySettings settings(Instant now) {
        if (name.isEmpty()) {
            throw ApiException.invalid("name", "'Name' is empty. Fill it in.");
        }
        if (scopes.isEmpty()) {
            throw ApiException.invalid("scopes", "The key has no scope. Check one at least.");
        }
        return new KeySettings(
                name,
                team.isEmpty() ? null : team,
                scopes.stream().map(Scope::require).collect(toSet()),
                PatternLines.patterns(adapters),
                end(expires, now),
                limits.limits());
    }

    /** Returns the end that a field names; null if it is empty. */
    static @Nullable Instant end(String text, Instant now) {
        if (text.isEmpty()) {
            return null;
        }
        return text.indexOf('T') > 0
                ? KeyTimes.time("Ends", text)
                : now.plus(KeyTimes.duration("Ends", text));
    }
}
