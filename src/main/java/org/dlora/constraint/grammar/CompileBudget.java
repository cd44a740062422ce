package org.dlora.constraint.grammar;

import java.util.function.Supplier;

/** What the automata of one constraint may cost together. Each thread has its own. */
public final class CompileBudget {
    /** The most nodes that may be visited. */
    private static final long MAX_WORK = 40_000_000;

    /** The most states, those of automata in between included. */
    private static final int MAX_STATES = 300_000;

    private static final ScopedValue<CompileBudget> CURRENT = ScopedValue.newInstance();

    private long work;
    private int states;

    private CompileBudget() {}

    /**
     * Runs a compilation with a budget of its own.
     *
     * @throws ConstraintException if it is not enough
     */
    public static <T> T within(Supplier<T> compilation) {
        return ScopedValue.where(CURRENT, new CompileBudget()).call(compilation::get);
    }

    static void visit(int nodes) {
        if (CURRENT.isBound()) {
            var budget = CURRENT.get();
            budget.work += nodes;
            check(budget.work <= MAX_WORK);
        }
    }

    static void addStates(int count) {
        if (CURRENT.isBound()) {
            var budget = CURRENT.get();
            budget.states += count;
            check(budget.states <= MAX_STATES);
        }
    }

    private static void check(boolean isEnough) {
        if (!isEnough) {
            throw new ConstraintException(
                    "",
                    "The patterns and ranges of the constraint are too complex together. Use fewer of them, or shorter repetitions and tighter bounds.");
        }
    }
}
