package org.dlora.constraint.grammar;

import java.util.ArrayList;

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

    Dfa(int[] classes, int width, int[] table, boolean[] accepting) {
        this.classes = classes;
        this.width = width;
        this.table = table;
        this.accepting = accepting;
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
        CompileBudget.spend(256L * size());
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
        return DfaBuilder.of(rows, accepts);
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

    /** A set of bytes. */
    @FunctionalInterface
    public interface BytePredicate {
        boolean test(int b);
    }
}
