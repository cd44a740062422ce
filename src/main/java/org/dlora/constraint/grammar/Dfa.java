package org.dlora.constraint.grammar;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;

/**
 * Deterministic automaton over bytes. Every state reaches an accepting one, so a text that has not
 * left it can always be completed. Bytes that no transition tells apart share a class.
 */
public final class Dfa {
    /** The state after a byte that must not come. */
    public static final int DEAD = -1;

    /** The most states of an automaton. */
    public static final int MAX_STATES = 20_000;

    private final int[] classes;
    private final int width;
    private final int[] table;
    private final boolean[] accepting;

    private Dfa(int[] classes, int width, int[] table, boolean[] accepting) {
        this.classes = classes;
        this.width = width;
        this.table = table;
        this.accepting = accepting;
    }

    /** Builder of automata by transitions; state 0 is the start. */
    public static final class Builder {
        private final List<int[]> rows = new ArrayList<>();
        private final List<Boolean> accepting = new ArrayList<>();

        /**
         * Adds a state and returns it.
         *
         * @throws ConstraintException if there are {@link #MAX_STATES}
         */
        public int state(boolean accepts) {
            if (rows.size() == MAX_STATES) {
                throw new ConstraintException(
                        "",
                        "A pattern or range needs more than %d states. Use shorter repetitions and tighter bounds."
                                .formatted(MAX_STATES));
            }
            CompileBudget.addStates(1);
            var row = new int[256];
            Arrays.fill(row, DEAD);
            rows.add(row);
            accepting.add(accepts);
            return rows.size() - 1;
        }

        public Builder edge(int from, int low, int high, int to) {
            Arrays.fill(rows.get(from), low, high + 1, to);
            return this;
        }

        /** Returns the automaton, without the states that reach no accepting one. */
        public Dfa build() {
            return of(rows, accepting);
        }
    }

    /** Returns the state before the first byte; {@link #DEAD} if nothing is accepted. */
    public int start() {
        return accepting.length == 0 ? DEAD : 0;
    }

    public int next(int state, int b) {
        return table[state * width + classes[b]];
    }

    /** Returns the number of classes of bytes. */
    int width() {
        return width;
    }

    /** Returns the state after a byte of a class. */
    int target(int state, int byteClass) {
        return table[state * width + byteClass];
    }

    public boolean accepts(int state) {
        return accepting[state];
    }

    /** Returns whether a byte may follow in a state. */
    public boolean goesOn(int state) {
        for (int c = 0; c < width; c++) {
            if (table[state * width + c] != DEAD) {
                return true;
            }
        }
        return false;
    }

    public int size() {
        return accepting.length;
    }

    /** Returns about the bytes of memory that it takes, with a place for each state. */
    public long bytes() {
        return 1200 + 4L * table.length + 33L * accepting.length;
    }

    /** Returns whether {@code bytes} are accepted. */
    public boolean matches(byte[] bytes) {
        int state = start();
        for (byte b : bytes) {
            if (state == DEAD) {
                return false;
            }
            state = next(state, b & 0xFF);
        }
        return state != DEAD && accepting[state];
    }

    /** Returns the automaton of what both accept. */
    public Dfa and(Dfa other) {
        return new DfaProduct(this, other, false).dfa();
    }

    /** Returns the automaton of what this one accepts and the other one does not. */
    public Dfa minus(Dfa other) {
        return new DfaProduct(this, other, true).dfa();
    }

    /** Returns the automaton of what is accepted and has none but some bytes. */
    public Dfa restrictedTo(BytePredicate bytes) {
        if (hasOnly(bytes)) {
            return this;
        }
        CompileBudget.addStates(size());
        var rows = new ArrayList<int[]>();
        var accepts = new ArrayList<Boolean>();
        for (int s = 0; s < size(); s++) {
            var row = new int[256];
            for (int b = 0; b < 256; b++) {
                row[b] = bytes.test(b) ? next(s, b) : DEAD;
            }
            rows.add(row);
            accepts.add(accepting[s]);
        }
        return of(rows, accepts);
    }

    private boolean hasOnly(BytePredicate bytes) {
        var isAbsent = new boolean[width];
        for (int b = 0; b < 256; b++) {
            isAbsent[classes[b]] |= !bytes.test(b);
        }
        for (int i = 0; i < table.length; i++) {
            if (table[i] != DEAD && isAbsent[i % width]) {
                return false;
            }
        }
        return true;
    }

    /** Returns whether no transition tells two bytes apart. */
    boolean isSame(int b, int other) {
        return classes[b] == classes[other];
    }

    /** Returns the automaton of rows of 256 transitions, of which the first is the start. */
    private static Dfa of(List<int[]> rows, List<Boolean> accepting) {
        var useful = useful(rows, accepting);
        if (rows.isEmpty() || !useful[0]) {
            return new Dfa(new int[256], 1, new int[0], new boolean[0]);
        }
        var ids = new int[rows.size()];
        int count = 0;
        for (int s = 0; s < ids.length; s++) {
            ids[s] = useful[s] ? count++ : DEAD;
        }
        var kept = new ArrayList<int[]>();
        var accepts = new boolean[count];
        for (int s = 0; s < ids.length; s++) {
            if (useful[s]) {
                accepts[kept.size()] = accepting.get(s);
                kept.add(
                        Arrays.stream(rows.get(s))
                                .map(to -> to == DEAD ? DEAD : ids[to])
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
            if (classes[b] == DEAD) {
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

    /** Returns the byte among {@code others} that has the transitions of {@code b}, or DEAD. */
    private static int classOf(int b, List<int[]> rows, List<Integer> others) {
        for (int other : others) {
            if (rows.stream().allMatch(row -> row[b] == row[other])) {
                return other;
            }
        }
        return DEAD;
    }

    /** Returns for each state whether it reaches an accepting one. */
    private static boolean[] useful(List<int[]> rows, List<Boolean> accepting) {
        var before = new ArrayList<List<Integer>>();
        rows.forEach(_ -> before.add(new ArrayList<>()));
        for (int s = 0; s < rows.size(); s++) {
            int last = DEAD;
            for (int to : rows.get(s)) {
                if (to != DEAD && to != last) {
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

    /** A set of bytes. */
    @FunctionalInterface
    public interface BytePredicate {
        boolean test(int b);
    }
}
