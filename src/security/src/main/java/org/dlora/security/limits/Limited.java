package org.dlora.security.limits;

import java.util.Locale;

/**
 * A key or a team, with the limits that hold for it.
 *
 * @param name id of the key, or name of the team
 */
public record Limited(Kind kind, String name, Limits limits) {

    /** Kind of the limited owner. */
    public enum Kind {
        KEY,
        TEAM;

        /** Returns the word for the kind in metrics and messages. */
        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Returns a copy with other limits. */
    Limited with(Limits other) {
        return other.equals(limits) ? this : new Limited(kind, name, other);
    }

    /** Returns the name by which usage is counted and kept. */
    String owner() {
        return kind.label() + ":" + name;
    }

    /** Returns the words for it in messages. */
    public String words() {
        return switch (kind) {
            case KEY -> "key " + name;
            case TEAM -> "team '" + name + "'";
        };
    }
}
