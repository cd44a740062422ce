package org.dlora.constraint.grammar;

import java.util.concurrent.CancellationException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Budget of one compilation: operations and states. It counts work and no time, so equal
 * constraints are refused alike on every machine. Each thread has its own.
 */
public final class CompileBudget {
    /** The most operations: nodes, edges and transitions that are visited or made. */
    static final long MAX_WORK = 60_000_000;

    /** The most states, those of automata in between included. */
    private static final int MAX_STATES = 300_000;

    /** Operations between two looks at the interruption of the thread. */
    private static final long CHECKED_EACH = 1 << 16;

    private static final ScopedValue<CompileBudget> CURRENT = ScopedValue.newInstance();

    private final long maxWork;
    private long work;
    private long checkedAt;
    private int states;

    /** Remaining budget of attempts. */
    private long attempts;

    private CompileBudget(long maxWork) {
        this.maxWork = maxWork;
        attempts = maxWork;
    }

    /**
     * Runs a compilation with a budget of its own.
     *
     * @throws ConstraintException if it is not enough
     * @throws CancellationException if the thread is interrupted
     */
    public static <T> T within(Supplier<T> compilation) {
        return within(MAX_WORK, compilation);
    }

    static <T> T within(long maxWork, Supplier<T> compilation) {
        return ScopedValue.where(CURRENT, new CompileBudget(maxWork)).call(compilation::get);
    }

    /**
     * Attempts what a compilation can do without. Attempts have a budget of their own, as large as
     * the compilation's, so that none refuses what is served without it; each may take half of what
     * is left.
     *
     * @return null if that is not enough, or the attempt returns it
     * @throws CancellationException if the thread is interrupted
     */
    static <T> @Nullable T attempt(Supplier<@Nullable T> attempt) {
        var compilation = CURRENT.isBound() ? CURRENT.get() : new CompileBudget(MAX_WORK);
        var own = new CompileBudget(compilation.attempts / 2);
        try {
            return ScopedValue.where(CURRENT, own).call(attempt::get);
        } catch (ConstraintException _) {
            return null;
        } finally {
            compilation.attempts -= Math.min(own.work, own.maxWork);
        }
    }

    /** Counts work of the current compilation. */
    public static void spend(long operations) {
        if (CURRENT.isBound()) {
            CURRENT.get().add(operations);
        }
    }

    private void add(long operations) {
        work += operations;
        check(work <= maxWork);
        if (work - checkedAt >= CHECKED_EACH) {
            checkedAt = work;
            checkInterruption();
        }
    }

    /**
     * Ends a compilation whose thread is interrupted, and leaves it interrupted.
     *
     * @throws CancellationException if it is
     */
    public static void checkInterruption() {
        if (Thread.currentThread().isInterrupted()) {
            throw new CancellationException("The compilation of a constraint was interrupted");
        }
    }

    static void addStates(int count) {
        if (CURRENT.isBound()) {
            var budget = CURRENT.get();
            budget.states += count;
            checkInterruption();
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
