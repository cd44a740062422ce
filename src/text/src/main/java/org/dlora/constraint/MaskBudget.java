package org.dlora.constraint;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Budget of the work on all masks of one step, in visited nodes of tries of the vocabulary. A walk
 * begins while something is left, so the masks take at most one walk of each thread more. Safe from
 * any thread.
 */
public final class MaskBudget {
    private final long most;
    private final AtomicLong spent;

    /**
     * @param nodes that the masks may visit
     */
    public MaskBudget(long nodes) {
        this(nodes, new AtomicLong());
    }

    private MaskBudget(long most, AtomicLong spent) {
        this.most = most;
        this.spent = spent;
    }

    /** Returns a budget without a bound. */
    public static MaskBudget unbounded() {
        return new MaskBudget(Long.MAX_VALUE);
    }

    /** Returns a budget without a bound, whose work this one counts too. */
    public MaskBudget exceeding() {
        return new MaskBudget(Long.MAX_VALUE, spent);
    }

    /** Returns the nodes that were visited. */
    public long spent() {
        return spent.get();
    }

    /**
     * Checks that a walk may begin.
     *
     * @throws MaskPostponedException if nothing is left
     */
    void begin() {
        if (spent.get() >= most) {
            throw new MaskPostponedException();
        }
    }

    void add(long nodes) {
        spent.addAndGet(nodes);
    }
}
