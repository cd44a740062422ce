package org.dlora.scheduling.rebalance;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * The last move of each unfinished request. It keeps requests from going to and fro: one that was
 * moved rests, and goes back only on new evidence. Evidence is a difference between both replicas
 * that the plan did not foresee, by a share of the mean load. Moves that were refused or failed are
 * no part of it. Immutable.
 */
public final class MoveHistory {
    /** History before the first move. */
    public static final MoveHistory NONE = new MoveHistory(Map.of());

    private final Map<String, LastMove> moves;

    private MoveHistory(Map<String, LastMove> moves) {
        this.moves = Map.copyOf(moves);
    }

    /**
     * A move of a request that has been made.
     *
     * @param at seconds since some fixed moment
     * @param foreseen load of the new replica less that of the old one after the plan, in seconds
     */
    private record LastMove(String from, String to, double at, double foreseen) {}

    /**
     * Returns the history with a move that has been made.
     *
     * @param foreseen load of the new replica less that of the old one after the move, in seconds;
     *     0 if no plan foresaw it
     * @param now seconds since some fixed moment
     */
    public MoveHistory plus(String request, String from, String to, double foreseen, double now) {
        var all = new HashMap<>(moves);
        all.put(request, new LastMove(from, to, now, foreseen));
        return new MoveHistory(all);
    }

    /**
     * Returns for each request that a plan moves the load of its new replica less that of its old
     * one after the plan, in seconds.
     *
     * @param problem that the plan solves
     */
    public static Map<String, Double> foreseen(RebalanceProblem problem, RebalancePlan plan) {
        var index = new ProblemIndex(problem);
        var draft = new RebalanceDraft(index);
        var replicas = new HashMap<String, Integer>();
        for (int j = 0; j < index.replicaCount(); j++) {
            replicas.put(index.site(j).id(), j);
        }
        var targets = new HashMap<String, Integer>();
        plan.moves()
                .forEach(move -> targets.put(move.request(), replicas.getOrDefault(move.to(), -1)));
        var numbers = new HashMap<Integer, Integer>();
        for (int i = 0; i < index.requestCount(); i++) {
            Integer to = targets.get(index.request(i).id());
            if (to != null) {
                numbers.put(i, to);
            }
        }
        draft.moveAll(numbers);
        var all = new HashMap<String, Double>();
        numbers.forEach((i, to) ->
                all.put(index.request(i).id(), draft.load(to) - draft.load(index.home(i))));
        return all;
    }

    /** Returns the history of some requests: all that are unfinished. */
    public MoveHistory of(Set<String> requests) {
        var all = new HashMap<>(moves);
        all.keySet().retainAll(requests);
        return new MoveHistory(all);
    }

    /**
     * Returns the problem in which moved requests rest, and do not go back without new evidence.
     *
     * @param now seconds since some fixed moment
     */
    public RebalanceProblem restrict(
            RebalanceProblem problem, RebalanceSettings settings, double now) {
        if (moves.isEmpty()) {
            return problem;
        }
        var loads = loads(problem);
        double mean = loads.values().stream().mapToDouble(Double::doubleValue).average().orElse(0);
        var requests = new ArrayList<RequestLoad>();
        for (var request : problem.requests()) {
            var last = moves.get(request.id());
            if (last == null) {
                requests.add(request);
            } else if (now < last.at + settings.rest()) {
                requests.add(request.pinned());
            } else {
                double difference =
                        loads.getOrDefault(last.to, 0.0) - loads.getOrDefault(last.from, 0.0);
                boolean evidence =
                        difference > Math.max(0, last.foreseen) + settings.drift() * mean;
                requests.add(evidence ? request : request.barredFrom(last.from));
            }
        }
        return new RebalanceProblem(
                problem.replicas(),
                problem.adapterBytes(),
                problem.adapters(),
                requests,
                problem.swapSeconds());
    }

    private static Map<String, Double> loads(RebalanceProblem problem) {
        var index = new ProblemIndex(problem);
        var loads = new RebalanceLoads(index);
        var all = new HashMap<String, Double>();
        for (int j = 0; j < index.replicaCount(); j++) {
            all.put(index.site(j).id(), loads.of(j));
        }
        return all;
    }
}
