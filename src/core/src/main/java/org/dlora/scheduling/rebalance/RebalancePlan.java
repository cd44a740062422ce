package org.dlora.scheduling.rebalance;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A plan of where requests and adapters go. Its moves can be made one after another. A move to a
 * memory without its adapter comes after the moves that empty room for the load: adapters that they
 * leave without requests, and idle ones, may be evicted for it.
 *
 * @param moves requests that change their replica, in the order in which each finds room
 * @param loads adapters that a memory lacks for the moved requests
 * @param mayLeave resident adapters without a request on any replica of their memory after the
 *     moves
 * @param before load of the fullest replica now, T, in seconds
 * @param after load of the fullest replica after the moves, their costs included, in seconds
 * @param bound of the relaxed problem: no plan has a smaller T, in seconds
 * @param latencies of all requests, without the moves and with them
 * @param solver that found the plan
 * @param limitHit whether the solver's time ended before it knew the plan to be best
 * @param reasons sentences without a full stop, for people
 */
public record RebalancePlan(
        List<RequestMove> moves,
        List<AdapterCopy> loads,
        List<AdapterCopy> mayLeave,
        double before,
        double after,
        double bound,
        PredictedLatencies latencies,
        SolverKind solver,
        boolean limitHit,
        List<String> reasons) {
    public RebalancePlan {
        moves = List.copyOf(moves);
        loads = List.copyOf(loads);
        mayLeave = List.copyOf(mayLeave);
        reasons = List.copyOf(reasons);
    }

    /** The solver that found a plan. */
    public enum SolverKind {
        GREEDY,
        LIBRARY
    }

    /** A request that changes its replica. */
    public record RequestMove(String request, String from, String to, MoveKind kind) {}

    /** An adapter in a memory. */
    public record AdapterCopy(String adapter, String memory) {}

    /** Returns a load in words for people, as {@code 47.6 ms}. */
    public static String words(double seconds) {
        return seconds < 1
                ? String.format(Locale.ROOT, "%.3g ms", 1e3 * seconds)
                : String.format(Locale.ROOT, "%.3g s", seconds);
    }

    /** Returns the seconds by which the load of the fullest replica shrinks. */
    public double gain() {
        return before - after;
    }

    /** Returns the gain as a share of the load of the fullest replica now. */
    public double relativeGain() {
        return before > 0 ? gain() / before : 0;
    }

    /**
     * Returns whether the plan is to be applied: it moves requests, gains enough, and is not
     * predicted to make requests end later. Loads alone do not tell: requests that leave a merged
     * replica may take longer elsewhere.
     */
    public boolean isWorth(RebalanceSettings settings) {
        return !moves.isEmpty() && relativeGain() > settings.minGain() && !latencies.areNoShorter();
    }

    /** Returns this plan with one more reason, and whether a time limit was hit. */
    public RebalancePlan with(boolean limit, String reason) {
        var all = new ArrayList<>(reasons);
        all.add(reason);
        return new RebalancePlan(
                moves, loads, mayLeave, before, after, bound, latencies, solver, limit, all);
    }
}
