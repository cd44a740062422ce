package org.dlora.console.access;

import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.dlora.security.ApiKey;
import org.dlora.security.Scope;
import org.dlora.security.limits.UsageReport;
import org.jspecify.annotations.Nullable;

/**
 * A key as a page shows it.
 *
 * @param state active, expired or revoked
 * @param budget null if it has none
 */
record KeyItem(ApiKey key, String state, UsageReport usage, @Nullable BudgetView budget) {
    private static final String ACTIVE = "active";

    static KeyItem of(ApiKey key, UsageReport usage, Instant now) {
        return new KeyItem(
                key, key.state(now), usage, BudgetView.of(key.settings().limits(), usage));
    }

    /** Returns the words for the scopes. */
    public List<String> scopes() {
        return key.settings().scopes().stream().map(Scope::label).toList();
    }

    public boolean isActive() {
        return state.equals(ACTIVE);
    }

    /** Returns whether the name, the id or the team has a text. */
    boolean has(String text) {
        var part = text.toLowerCase(Locale.ROOT);
        return key.name().toLowerCase(Locale.ROOT).contains(part)
                || key.id().contains(part)
                || (key.team() != null && key.team().toLowerCase(Locale.ROOT).contains(part));
    }
}
