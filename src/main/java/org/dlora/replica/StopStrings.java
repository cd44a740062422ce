package org.dlora.replica;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Looks for stop strings in text as it comes, and holds back what may become one. The string that
 * is complete first counts, the longest of those that end together; so the result does not depend
 * on how the text is cut into tokens.
 */
public final class StopStrings {
    private final List<String> stops;
    private final boolean include;
    private final StringBuilder held = new StringBuilder();
    private @Nullable String found;

    public StopStrings(List<String> stops, boolean include) {
        this.stops = stops;
        this.include = include;
    }

    /** The stop string that was found; nothing more is accepted then. */
    public @Nullable String found() {
        return found;
    }

    /**
     * Returns what can be shown of the text so far and was not shown yet.
     *
     * @param counts whether a stop string that ends in {@code text} is one; it may begin before
     */
    public String accept(String text, boolean counts) {
        var shown = new StringBuilder();
        for (int i = 0; i < text.length() && found == null; i++) {
            held.append(text.charAt(i));
            found = counts ? longestAtEnd() : null;
            if (found == null) {
                show(held.length() - possibleBeginning(), shown);
            } else {
                show(include ? held.length() : held.length() - found.length(), shown);
                held.setLength(0);
            }
        }
        return shown.toString();
    }

    /** Returns what is held back. */
    public String flush() {
        String rest = held.toString();
        held.setLength(0);
        return rest;
    }

    private void show(int length, StringBuilder shown) {
        shown.append(held, 0, length);
        held.delete(0, length);
    }

    private @Nullable String longestAtEnd() {
        String longest = null;
        for (String stop : stops) {
            if (endsWith(stop, stop.length())
                    && (longest == null || stop.length() > longest.length())) {
                longest = stop;
            }
        }
        return longest;
    }

    /** Length of the longest end of the held text that begins a stop string. */
    private int possibleBeginning() {
        int longest = 0;
        for (String stop : stops) {
            // From the shorter of both: a stop string may be longer than any output.
            int most = Math.min(stop.length() - 1, held.length());
            for (int length = most; length > longest; length--) {
                if (endsWith(stop, length)) {
                    longest = length;
                }
            }
        }
        return longest;
    }

    private boolean endsWith(String stop, int length) {
        int start = held.length() - length;
        if (start < 0) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            if (held.charAt(start + i) != stop.charAt(i)) {
                return false;
            }
        }
        return true;
    }
}
