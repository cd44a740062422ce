package org.dlora.constraint.grammar;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/**
 * An automaton of texts whose characters can be counted: it is known where one begins, and how many
 * a text needs at least from each state on.
 */
public final class Characters {
    private final Dfa dfa;
    private final BitSet boundaries;
    private final int[] needed;

    private Characters(Dfa dfa, BitSet boundaries) {
        this.dfa = dfa;
        this.boundaries = boundaries;
        needed = needed();
    }

    /**
     * Returns the texts that both automata accept.
     *
     * @param boundary state of {@code all} between two characters. A transition from there to one
     *     that does not accept begins a character.
     */
    public static Characters of(Dfa some, Dfa all, int boundary) {
        var dfa = some.and(all);
        return new Characters(dfa, boundaries(dfa, all, boundary));
    }

    /**
     * Returns the texts of an automaton.
     *
     * @param boundary its state between two characters, as above
     */
    public static Characters of(Dfa all, int boundary) {
        var boundaries = new BitSet();
        boundaries.set(boundary);
        return new Characters(all, boundaries);
    }

    /** Returns the states that the texts reach that lead {@code all} to {@code boundary}. */
    private static BitSet boundaries(Dfa dfa, Dfa all, int boundary) {
        CompileBudget.spend(256L * dfa.size());
        var boundaries = new BitSet();
        if (dfa.start() == Dfa.DEAD) {
            return boundaries;
        }
        var beside = new int[dfa.size()];
        Arrays.fill(beside, Dfa.DEAD);
        var open = new ArrayDeque<Integer>();
        beside[dfa.start()] = all.start();
        open.add(dfa.start());
        while (!open.isEmpty()) {
            int state = open.remove();
            boundaries.set(state, beside[state] == boundary);
            for (int b = 0; b < 256; b++) {
                int to = dfa.next(state, b);
                if (to != Dfa.DEAD && beside[to] == Dfa.DEAD) {
                    beside[to] = all.next(beside[state], b);
                    open.add(to);
                }
            }
        }
        return boundaries;
    }

    private int[] needed() {
        CompileBudget.spend(256L * dfa.size());
        var before = new ArrayList<List<Integer>>();
        for (int s = 0; s < dfa.size(); s++) {
            before.add(new ArrayList<>());
        }
        var least = new int[dfa.size()];
        Arrays.fill(least, Integer.MAX_VALUE);
        var open = new ArrayDeque<Integer>();
        for (int s = 0; s < dfa.size(); s++) {
            int last = Dfa.DEAD;
            for (int b = 0; b < 256; b++) {
                int to = dfa.next(s, b);
                if (to != Dfa.DEAD && to != last) {
                    before.get(to).add(s);
                    last = to;
                }
            }
            if (dfa.accepts(s)) {
                least[s] = 0;
                open.add(s);
            }
        }
        while (!open.isEmpty()) { // Those that need the fewest come first.
            int to = open.removeFirst();
            for (int from : before.get(to)) {
                int begun = begun(from, to);
                if (least[to] + begun < least[from]) {
                    least[from] = least[to] + begun;
                    if (begun == 0) {
                        open.addFirst(from);
                    } else {
                        open.addLast(from);
                    }
                }
            }
        }
        return least;
    }

    /** Returns whether a text may have a character. */
    public boolean hasAny() {
        for (int s = boundaries.nextSetBit(0); s >= 0; s = boundaries.nextSetBit(s + 1)) {
            for (int c = 0; c < dfa.width(); c++) {
                int to = dfa.target(s, c);
                if (to != Dfa.DEAD && begun(s, to) == 1) {
                    return true;
                }
            }
        }
        return false;
    }

    public Dfa dfa() {
        return dfa;
    }

    /** Returns how many characters a transition begins, 0 or 1. */
    public int begun(int from, int to) {
        return boundaries.get(from) && !dfa.accepts(to) ? 1 : 0;
    }

    /** Returns how many characters have to begin from a state on. */
    public int needed(int state) {
        return needed[state];
    }
}
