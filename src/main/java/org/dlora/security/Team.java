package org.dlora.security;

import java.time.Instant;
import java.util.regex.Pattern;

/**
 * A team, which owns keys and adapters.
 *
 * @param name unique; keys refer to it
 * @param adapters those that its keys may use, beside its own
 * @param owns names of its own adapters: its keys with scope {@code adapters} load and change them
 */
public record Team(
        String name,
        String description,
        AdapterPatterns adapters,
        AdapterPatterns owns,
        Instant created) {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");

    /** Returns whether a text can be the name of a team. */
    public static boolean isName(String text) {
        return NAME.matcher(text).matches();
    }

    boolean mayUse(String adapter) {
        return adapters.allows(adapter) || owns.allows(adapter);
    }
}
