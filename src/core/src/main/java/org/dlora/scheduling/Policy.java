package org.dlora.scheduling;

/**
 * A decision rule for a replica's next step: the selected sequences, the {@link Mode}, and the
 * merge to build next. It is a pure function over records. Its caller keeps the state and passes it
 * in again, so the engine and a simulation call the very same code.
 *
 * <pre>{@code
 * S state = policy.start();
 * at each step boundary with unfinished requests:
 *     Decision<S> decision = policy.decide(snapshot, state);
 *     state = decision.next();
 *
 *     start, continue or drop the build of decision.plan().target()
 *     run decision.plan() in decision.plan().mode(), which is ready
 * }</pre>
 *
 * <p>An update of the policy at run time starts another one. A policy's state (credits, counters)
 * is its own.
 *
 * @param <S> its state: an immutable record
 */
public interface Policy<S> {
    /** Returns the name in settings. */
    String name();

    /**
     * Returns whether it selects by arrival alone. Then a snapshot need show only as many waiting
     * sequences as a step has places left, at least one.
     */
    default boolean goesByArrivalAlone() {
        return false;
    }

    /**
     * Returns whether it shares service among teams. Then a snapshot shows the teams, and the
     * oldest waiting sequences of each flow.
     */
    default boolean countsTeams() {
        return false;
    }

    /** Returns whether it may ever want to merge. If not, the cost of a merge is not measured. */
    default boolean mayMerge() {
        return true;
    }

    /** Returns the state of a replica that has not run yet. */
    S start();

    /**
     * Plans a step.
     *
     * <p>The plan respects the snapshot's limits. Its blocks fit: the free ones and those of
     * preempted sequences cover the new needs of the running ones. Its mode is ready and allows all
     * sequences that run. It runs at least one sequence if one is unfinished.
     */
    Decision<S> decide(Snapshot snapshot, S state);
}
