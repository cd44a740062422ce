package org.dlora.constraint.grammar;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;

/** Builder of automata by transitions; state 0 is the start. */
public final class DfaBuilder {
    /** Operations on a row: it is searched, numbered anew and compressed. */
    private static final long ROW_WORK = 4 * 256;

    private final List<int[]> rows = new ArrayList<>();
    private final List<Boolean> accepting = new ArrayList<>();

    /**
     * Adds a state and returns it.
     *
     * @throws ConstraintException if there are {@link Dfa#MAX_STATES}
     */
    public int state(boolean accepts) {
        if (rows.size() == Dfa.MAX_STATES) {
            throw new ConstraintException(
                    "",
                    "A pattern or range needs more than %d states. Use shorter repetitions and tighter bounds."
                            .formatted(Dfa.MAX_STATES));
        }
        CompileBudget.addStates(1);
        CompileBudget.spend(256);
        var row = new int[256];
        Arrays.fill(row, Dfa.DEAD);
        rows.add(row);
        accepting.add(accepts);
        return rows.size() - 1;
    }

    public DfaBuilder edge(int from, int low, int high, int to) {
        Arrays.fill(rows.get(from), low, high + 1, to);
        return this;
    }

    /** Returns the automaton, without the states that reach no accepting one. */
    public Dfa build() {
        return of(rows, accepting);
    }

    /** Returns the automaton of rows of 256 transitions, of which the first is the start. */
    static Dfa of(List<int[]> rows, List<Boolean> accepting) {
        CompileBudget.spend(ROW_WORK * rows.size());
        var useful = useful(rows, accepting);
        if (rows.isEmpty() || !useful[0]) {
            return new Dfa(new int[256], 1, new int[0], new boolean[0]);
        }
        var ids = new int[rows.size()];
        int count = 0;
        for (int s = 0; s < ids.length; s++) {
            ids[s] = useful[s] ? count++ : Dfa.DEAD;
        }
        var kept = new ArrayList<int[]>();
        var accepts = new boolean[count];
        for (int s = 0; s < ids.length; s++) {
            if (useful[s]) {
                accepts[kept.size()] = accepting.get(s);
                kept.add(
                        Arrays.stream(rows.get(s))
                                .map(to -> to == Dfa.DEAD ? Dfa.DEAD : ids[to])
                                .toArray());
            }
        }
        return compressed(kept, accepts);
    }

    private static Dfa compressed(List<int[]> rows, boolean[] accepting) {
        var classes = new int[256];
        var representatives = new ArrayList<Integer>();
        var byHash = new HashMap<Long, List<Integer>>();
        for (int b = 0; b < 256; b++) {
            long hash = 0;
            for (var row : rows) {
                hash = hash * 0x9E3779B97F4A7C15L + row[b];
            }
            classes[b] = classOf(b, rows, byHash.computeIfAbsent(hash, _ -> new ArrayList<>()));
            if (classes[b] == Dfa.DEAD) {
                classes[b] = representatives.size();
                byHash.get(hash).add(b);
                representatives.add(b);
            } else {
                classes[b] = classes[classes[b]];
            }
        }
        int width = representatives.size();
        var table = new int[rows.size() * width];
        for (int s = 0; s < rows.size(); s++) {
            for (int c = 0; c < width; c++) {
                table[s * width + c] = rows.get(s)[representatives.get(c)];
            }
        }
        return new Dfa(classes, width, table, accepting);
    }

    /** Returns the byte among {@code others} that has the transitions of {@code b}, or Dfa.DEAD. */
    private static int classOf(int b, List<int[]> rows, List<Integer> others) {
        for (int other : others) {
            if (rows.stream().allMatch(row -> row[b] == row[other])) {
                return other;
            }
        }
        return Dfa.DEAD;
    }

    /** Returns for each state whether it reaches an accepting one. */
    private static boolean[] useful(List<int[]> rows, List<Boolean> accepting) {
        var before = new ArrayList<List<Integer>>();
        rows.forEach(_ -> before.add(new ArrayList<>()));
        for (int s = 0; s < rows.size(); s++) {
            int last = Dfa.DEAD;
            for (int to : rows.get(s)) {
                if (to != Dfa.DEAD && to != last) {
                    before.get(to).add(s);
                    last = to;
                }
            }
        }
        var useful = new boolean[rows.size()];
        var open = new ArrayList<Integer>();
        for (int s = 0; s < useful.length; s++) {
            if (accepting.get(s)) {
                useful[s] = true;
                open.add(s);
            }
        }
        while (!open.isEmpty()) {
            for (int s : before.get(open.removeLast())) {
                if (!useful[s]) {
                    useful[s] = true;
                    open.add(s);
                }
            }
        }
        return useful;
    }
}
