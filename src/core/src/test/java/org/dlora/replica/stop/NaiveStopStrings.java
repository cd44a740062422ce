package org.dlora.replica.stop;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Stop strings by definition: after each character, every string is compared with what is held. */
final class NaiveStopStrings {
    private final List<String> stops;
    private final boolean include;
    private final StringBuilder held = new StringBuilder();
    private @Nullable String found;

    NaiveStopStrings(List<String> stops, boolean include) {
        this.stops = stops;
        this.include = include;
    }

    @Nullable String found() {
        return found;
    }

    String accept(String text, boolean counts) {
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

    String held() {
        return held.toString();
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
