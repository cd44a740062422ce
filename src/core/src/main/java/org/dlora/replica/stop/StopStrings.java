package org.dlora.replica.stop;

import java.util.AbstractList;
import java.util.List;
import java.util.RandomAccess;

/**
 * Stop strings of a request, compiled where the request is built. All sequences of a call share
 * them, so a replica's thread compiles nothing. Messages carry the strings alone.
 */
public final class StopStrings extends AbstractList<String> implements RandomAccess {
    private static final StopStrings NONE = new StopStrings(List.of());

    private final List<String> strings;
    private final StopAutomaton automaton;

    private StopStrings(List<String> strings) {
        this.strings = strings;
        automaton = new StopAutomaton(strings);
    }

    /** Returns {@code strings} compiled; themselves if they are already. */
    public static StopStrings of(List<String> strings) {
        if (strings instanceof StopStrings compiled) {
            return compiled;
        }
        return strings.isEmpty() ? NONE : new StopStrings(List.copyOf(strings));
    }

    StopAutomaton automaton() {
        return automaton;
    }

    /** Returns the number of bytes that the strings and their automaton take. */
    public long bytes() {
        long texts = strings.stream().mapToLong(text -> 64 + 2L * text.length()).sum();
        return texts + automaton.bytes();
    }

    @Override
    public String get(int index) {
        return strings.get(index);
    }

    @Override
    public int size() {
        return strings.size();
    }
}
