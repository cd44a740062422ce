package org.dlora.replica.stop;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Search for stop strings in the text of an answer. Text that may become a stop string is held
 * back. The first stop string to be complete counts, and the longest of those that end together. So
 * the result does not depend on how the text is cut into tokens.
 *
 * <p>The state of a search is the text held back, which is always the beginning of a stop string.
 * {@link #resume} restores the state from that text.
 */
public final class StopSearch {
    private final StopStrings stops;
    private final StopAutomaton automaton;
    private final boolean include;
    private int state = StopAutomaton.START;
    private @Nullable String found;

    /**
     * Begins the search at the start of a text.
     *
     * @param stops none of them empty
     * @param include whether a stop string that is found is shown
     */
    StopSearch(List<String> stops, boolean include) {
        this.stops = StopStrings.of(stops);
        automaton = this.stops.automaton();
        this.include = include;
    }

    /**
     * Returns a search that continues after text of which {@code held} was held back.
     *
     * @throws IllegalArgumentException if {@code held} does not begin a stop string
     */
    public static StopSearch resume(List<String> stops, boolean include, String held) {
        var resumed = new StopSearch(stops, include);
        // A stop string inside the held text was complete before, and did not count then.
        resumed.accept(held, false);
        if (!resumed.held().equals(held)) {
            throw new IllegalArgumentException(
                    "'%s' is no beginning of a stop string; these are %s".formatted(held, stops));
        }
        return resumed;
    }

    /** Returns the stop string that was found, after which all text is ignored; null before. */
    public @Nullable String found() {
        return found;
    }

    /** Returns the text that is held back. */
    public String held() {
        return state == StopAutomaton.START
                ? ""
                : automaton.stop(state).substring(0, automaton.length(state));
    }

    /**
     * Returns the text that can be shown now, and was not shown before.
     *
     * @param counts whether a stop string that ends in {@code text} is one; it may begin before
     */
    public String accept(String text, boolean counts) {
        if (found != null) {
            return "";
        }
        if (stops.isEmpty() || text.isEmpty()) {
            return text;
        }
        int before = state;
        for (int i = 0; i < text.length(); i++) {
            int reached = automaton.next(state, text.charAt(i));
            found = counts ? automaton.complete(reached) : null;
            if (found != null) {
                state = StopAutomaton.START;
                return shown(before, text, i + 1, include ? 0 : found.length());
            }
            state = automaton.open(reached);
        }
        return shown(before, text, text.length(), automaton.length(state));
    }

    /** Ends the text and returns the text held back. */
    public String flush() {
        var rest = held();
        state = StopAutomaton.START;
        return rest;
    }

    /**
     * Returns the text held back in {@code before} and the first {@code count} characters of {@code
     * text}, without the last {@code hidden} ones. Only what it returns is copied.
     */
    private String shown(int before, String text, int count, int hidden) {
        int held = automaton.length(before);
        int length = held + count - hidden;
        return new StringBuilder(length)
                .append(automaton.stop(before), 0, Math.min(held, length))
                .append(text, 0, Math.max(0, length - held))
                .toString();
    }
}
