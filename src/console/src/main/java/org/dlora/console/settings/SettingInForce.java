package org.dlora.console.settings;

import java.util.Locale;

/**
 * A setting with its value and its origin.
 *
 * @param value in force at the start; secrets are replaced by words
 * @param origin where it comes from
 * @param place line, name of the variable or the like; empty where the origin says it all
 * @param isLive whether it can be changed without a restart
 */
public record SettingInForce(
        String name,
        String value,
        String usual,
        String text,
        Origin origin,
        String place,
        boolean isLive) {

    /** Origin of a value. */
    public enum Origin {
        DEFAULT("default"),
        FILE("file"),
        ENVIRONMENT("environment"),
        ARGUMENT("command line"),
        OTHER("other");

        private final String label;

        Origin(String label) {
            this.label = label;
        }

        /** Returns the words of the pages. */
        public String label() {
            return label;
        }
    }

    /** Returns whether somebody gave it: a file that repeats the default does not count. */
    public boolean isGiven() {
        return origin != Origin.DEFAULT && (origin != Origin.FILE || !value.equals(usual));
    }

    /** Returns whether a text is in its name, value or description. */
    boolean has(String part) {
        var text = part.toLowerCase(Locale.ROOT);
        return (name + "\n" + value + "\n" + this.text).toLowerCase(Locale.ROOT).contains(text);
    }
}
