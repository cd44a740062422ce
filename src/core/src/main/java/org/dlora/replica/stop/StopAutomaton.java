package org.dlora.replica.stop;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Automaton that finds the stop strings of a request in a text, a character at a time. A state is a
 * beginning of a stop string: the longest one that the text ends with. A character costs a constant
 * time over a whole text, whatever the number and the lengths of the strings.
 *
 * <p>States are the nodes of a tree in which strings that begin alike share a path. Where a
 * character leads nowhere, the automaton falls back to a shorter beginning.
 *
 * <p>Source: Aho and Corasick, "Efficient string matching: an aid to bibliographic search", CACM
 * 18(6), 1975.
 */
final class StopAutomaton {
    /** The state of no text: the empty beginning. */
    static final int START = 0;

    private static final int NONE = 0;

    private final List<String> stops;
    private final NumberColumn firstChild;
    private final NumberColumn sibling;
    private final NumberColumn fallback;

    /** Index of a stop string that begins with the state's text, by state. */
    private final NumberColumn stop;

    /**
     * One more than the index of the longest stop string that the state's text ends with, by state;
     * 0 if none.
     */
    private final NumberColumn complete;

    /**
     * State less the length of its text, by stop string: the states that a string adds follow one
     * another.
     */
    private final int[] base;

    /**
     * Compiles {@code stops}. Time and memory grow with their total length.
     *
     * @param stops none of them empty
     */
    StopAutomaton(List<String> stops) {
        this.stops = stops;
        int states = 1 + stops.stream().mapToInt(String::length).sum();
        firstChild = new NumberColumn(states, states);
        sibling = new NumberColumn(states, states);
        fallback = new NumberColumn(states, states);
        stop = new NumberColumn(states, stops.size());
        complete = new NumberColumn(states, stops.size());
        base = new int[Math.max(1, stops.size())];
        int used = 1;
        for (int i = 0; i < stops.size(); i++) {
            used = insert(i, used);
        }
        link(used);
    }

    /** Returns the state after one more character. */
    int next(int state, char character) {
        int from = state;
        int child = child(from, character);
        while (child == NONE && from != START) {
            from = fallback.get(from);
            child = child(from, character);
        }
        return child;
    }

    /** Returns the longest stop string that the text ends with; null if there is none. */
    @Nullable String complete(int state) {
        int index = complete.get(state);
        return index == 0 ? null : stops.get(index - 1);
    }

    /**
     * Returns the state of the longest beginning that a stop string continues. A text that goes on
     * gives the same result from there as from {@code state}.
     */
    int open(int state) {
        int longest = state;
        while (longest != START && firstChild.get(longest) == NONE) {
            longest = fallback.get(longest);
        }
        return longest;
    }

    /** Returns the number of characters of the beginning that {@code state} stands for. */
    int length(int state) {
        return state == START ? 0 : state - base[stop.get(state)];
    }

    /** Returns a stop string whose first {@link #length} characters are the beginning. */
    String stop(int state) {
        return stops.get(stop.get(state));
    }

    /** Returns the number of bytes that its states take. */
    long bytes() {
        return firstChild.bytes()
                + sibling.bytes()
                + fallback.bytes()
                + stop.bytes()
                + complete.bytes();
    }

    private char last(int state) {
        return stop(state).charAt(length(state) - 1);
    }

    private int child(int state, char character) {
        int child = firstChild.get(state);
        while (child != NONE && last(child) != character) {
            child = sibling.get(child);
        }
        return child;
    }

    /** Adds the path of a stop string, and returns the new number of states. */
    private int insert(int index, int states) {
        var text = stops.get(index);
        int used = states;
        int state = START;
        for (int i = 0; i < text.length(); i++) {
            int child = child(state, text.charAt(i));
            if (child == NONE) {
                child = used++;
                stop.set(child, index);
                base[index] = child - (i + 1);
                sibling.set(child, firstChild.get(state));
                firstChild.set(state, child);
            }
            state = child;
        }
        complete.set(state, index + 1);
        return used;
    }

    /** Links each state to shorter ones. States are visited by length, so those are linked. */
    private void link(int states) {
        var order = new int[states];
        int end = 1;
        for (int i = 0; i < end; i++) {
            int state = order[i];
            if (complete.get(state) == 0) {
                complete.set(state, complete.get(fallback.get(state)));
            }
            for (int child = firstChild.get(state); child != NONE; child = sibling.get(child)) {
                int shorter = fallback.get(state);
                fallback.set(child, state == START ? START : next(shorter, last(child)));
                order[end++] = child;
            }
        }
    }
}
