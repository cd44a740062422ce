package org.dlora.scheduling;

/**
 * Decides what a replica does in its next step: who runs, in which {@link Mode}, and what is to be
 * merged next. A pure function over records: whoever calls it keeps the state and hands it in
 * again, so that the engine and a simulation call the very same code.
 *
 * <pre>{@code
 * S state = policy.start();
 * at each step boundary with unfinished requests:
 *     Decision<S> decision = policy.decide(snapshot, state);
 *     state = decision.next();
 *     start, continue or drop the build of decision.plan().target()
 *     run decision.plan() in decision.plan().mode(), which is ready
 * }</pre>
 *
 * To change the policy while running, start another one: what a policy remembers (credits,
 * counters) is its own.
 *
 * @param <S> its state: an immutable record
 */
public interface Policy<S> {
    /** What settings call it. */
    String name();

    /**
     * Whether it goes by arrival alone: then snapshots need not show more waiting sequences than a
     * step has places left, at least one.
     */
    default boolean goesByArrivalAlone() {
        return false;
    }

    /** Whether it may ever want to merge: else nobody finds out what that takes. */
    default boolean mayMerge() {
        return true;
    }

    /** The state of a replica that has not run yet. */
    S start();

    /**
     * Plans a step. The plan respects the snapshot's limits; its blocks fit: free ones plus those
     * of preempted sequences cover what the running ones newly need; its mode is ready, and allows
     * all that run. It runs at least one sequence if one is unfinished.
     */
    Decision<S> decide(Snapshot snapshot, S state);
}
