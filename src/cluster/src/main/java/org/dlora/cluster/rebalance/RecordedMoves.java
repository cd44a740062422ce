package org.dlora.cluster.rebalance;

import static java.util.stream.Collectors.toSet;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.DoubleSupplier;
import org.dlora.scheduling.rebalance.MoveHistory;
import org.dlora.scheduling.rebalance.RebalancePlan;
import org.dlora.scheduling.rebalance.RebalanceProblem;
import org.dlora.scheduling.rebalance.RebalanceSettings;
import org.dlora.scheduling.rebalance.RequestLoad;

/**
 * Record of the moves that unfinished requests have made, whoever ordered them, and of what plans
 * foresaw of them. Thread-safe.
 */
final class RecordedMoves {
    private final DoubleSupplier clock;
    private final Map<Planned, Double> foreseen = new HashMap<>();
    private MoveHistory history = MoveHistory.NONE;

    /** A move that a plan has ordered. */
    private record Planned(String request, String to) {}

    /**
     * @param clock seconds since some fixed moment
     */
    RecordedMoves(DoubleSupplier clock) {
        this.clock = clock;
    }

    /** Notes what a plan foresees, before its moves begin. */
    synchronized void planned(RebalanceProblem problem, RebalancePlan plan) {
        var differences = MoveHistory.foreseen(problem, plan);
        for (var move : plan.moves()) {
            double difference = differences.getOrDefault(move.request(), 0.0);
            foreseen.put(new Planned(move.request(), move.to()), difference);
        }
    }

    /** Notes that a request has moved. */
    synchronized void moved(String request, String from, String to) {
        var known = foreseen.remove(new Planned(request, to));
        double difference = known == null ? 0 : known;
        history = history.plus(request, from, to, difference, clock.getAsDouble());
    }

    /** Returns the problem without moves that would come too soon, or lead back. */
    synchronized RebalanceProblem restrict(RebalanceProblem problem, RebalanceSettings settings) {
        Set<String> unfinished = problem.requests().stream().map(RequestLoad::id).collect(toSet());
        foreseen.keySet().removeIf(move -> !unfinished.contains(move.request));
        history = history.of(unfinished);
        return history.restrict(problem, settings, clock.getAsDouble());
    }
}
