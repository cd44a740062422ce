package org.dlora.replica;

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
    private final char[] last;
    private final int[] length;
    private final int[] firstChild;
    private final int[] sibling;
    private final int[] fallback;
    private final int[] open;

    /** Index of a stop string that begins with the state's text, by state. */
    private final int[] stop;

    /**
     * One more than the index of the longest stop string that the state's text ends with, by state;
     * 0 if none.
     */
    private final int[] complete;

    /**
     * Compiles {@code stops}. Time and memory grow with their total length.
     *
     * @param stops none of them empty
     */
    StopAutomaton(List<String> stops) {
        this.stops = stops;
        int states = 1 + stops.stream().mapToInt(String::length).sum();
        last = new char[states];
        length = new int[states];
        firstChild = new int[states];
        sibling = new int[states];
        fallback = new int[states];
        open = new int[states];
        stop = new int[states];
        complete = new int[states];
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
            from = fallback[from];
            child = child(from, character);
        }
        return child;
    }

    /** Returns the longest stop string that the text ends with; null if there is none. */
    @Nullable String complete(int state) {
        return complete[state] == 0 ? null : stops.get(complete[state] - 1);
    }

    /**
     * Returns the state of the longest beginning that a stop string continues. A text that goes on
     * gives the same result from there as from {@code state}.
     */
    int open(int state) {
        return open[state];
    }

    /** Returns the number of characters of the beginning that {@code state} stands for. */
    int length(int state) {
        return length[state];
    }

    /** Returns a stop string whose first {@link #length} characters are the beginning. */
    String stop(int state) {
        return stops.get(stop[state]);
    }

    private int child(int state, char character) {
        int child = firstChild[state];
        while (child != NONE && last[child] != character) {
            child = sibling[child];
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
                last[child] = text.charAt(i);
                length[child] = i + 1;
                stop[child] = index;
                sibling[child] = firstChild[state];
                firstChild[state] = child;
            }
            state = child;
        }
        complete[state] = index + 1;
        return used;
    }

    /** Links each state to shorter ones. States are visited by length, so those are linked. */
    private void link(int states) {
        var order = new int[states];
        int end = 1;
        for (int i = 0; i < end; i++) {
            int state = order[i];
            boolean isLeaf = firstChild[state] == NONE;
            open[state] = isLeaf ? open[fallback[state]] : state;
            if (complete[state] == 0) {
                complete[state] = complete[fallback[state]];
            }
            for (int child = firstChild[state]; child != NONE; child = sibling[child]) {
                fallback[child] = state == START ? START : next(fallback[state], last[child]);
                order[end++] = child;
            }
        }
    }
}
