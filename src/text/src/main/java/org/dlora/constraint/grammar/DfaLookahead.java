package org.dlora.constraint.grammar;

import java.util.Arrays;
import java.util.HashMap;

/**
 * Classes of states of an automaton that a number of bytes cannot tell apart, by refinement of
 * partitions (Moore 1956) in as many rounds. In a long repetition all states far from its ends are
 * alike, so they share what was found for one.
 */
public final class DfaLookahead {
    /** Automata with fewer states are not looked at: each state is worth its own. */
    private static final int MIN_STATES = 64;

    /** The most transitions that are worth a visit for the automata of one constraint. */
    public static final long MAX_WORK = 20_000_000;

    private final int[] representatives;
    private final long work;

    private DfaLookahead(int[] representatives, long work) {
        this.representatives = representatives;
        this.work = work;
    }

    /**
     * Finds the states that are alike.
     *
     * @param length of the texts that tell them apart, in bytes
     * @param maxWork transitions that may be visited; each state of a larger automaton is its own
     */
    public static DfaLookahead of(Dfa dfa, int length, long maxWork) {
        long work = (long) dfa.size() * dfa.width() * length;
        return dfa.size() < MIN_STATES || work > maxWork
                ? new DfaLookahead(new int[0], 0)
                : new DfaLookahead(representatives(dfa, length), work);
    }

    /** Returns the transitions that were visited, at most. */
    public long work() {
        return work;
    }

    /** Returns the state that stands for one. */
    public int representative(int state) {
        return representatives.length == 0 ? state : representatives[state];
    }

    private static int[] representatives(Dfa dfa, int length) {
        var current = new int[dfa.size()];
        int accepting = -1;
        int others = -1;
        for (int s = 0; s < current.length; s++) {
            if (dfa.accepts(s)) {
                accepting = accepting < 0 ? s : accepting;
                current[s] = accepting;
            } else {
                others = others < 0 ? s : others;
                current[s] = others;
            }
        }
        for (int round = 0; round < length; round++) {
            var next = refined(dfa, current);
            if (Arrays.equals(next, current)) {
                break;
            }
            current = next;
        }
        return current;
    }

    /** Returns the states that stand for all whose transitions lead to states that are alike. */
    private static int[] refined(Dfa dfa, int[] current) {
        var next = new int[current.length];
        var byHash = new HashMap<Long, Integer>();
        for (int s = 0; s < next.length; s++) {
            long hash = current[s];
            for (int c = 0; c < dfa.width(); c++) {
                hash = (hash ^ to(dfa, s, c, current)) * 0x9E3779B97F4A7C15L;
                hash ^= hash >>> 29;
            }
            int first = byHash.computeIfAbsent(hash, _ -> -1);
            if (first >= 0 && areAlike(dfa, s, first, current)) {
                next[s] = first;
            } else {
                next[s] = s;
                byHash.put(hash, s);
            }
        }
        return next;
    }

    private static boolean areAlike(Dfa dfa, int one, int other, int[] current) {
        if (current[one] != current[other]) {
            return false;
        }
        for (int c = 0; c < dfa.width(); c++) {
            if (to(dfa, one, c, current) != to(dfa, other, c, current)) {
                return false;
            }
        }
        return true;
    }

    private static int to(Dfa dfa, int state, int byteClass, int[] current) {
        int to = dfa.target(state, byteClass);
        return to == Dfa.DEAD ? Dfa.DEAD : current[to];
    }
}
