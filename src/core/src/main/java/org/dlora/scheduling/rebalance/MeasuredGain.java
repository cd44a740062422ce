package org.dlora.scheduling.rebalance;

import static java.util.stream.Collectors.toMap;
import static java.util.stream.Collectors.toSet;

import org.dlora.scheduling.rebalance.RebalancePlan.RequestMove;

/**
 * Gain of a plan as it is once its moves have ended. It compares the requests of one moment: where
 * they are, and where they would be without the moves. So requests that have ended or come
 * meanwhile are on both sides, and so are those that left a replica which serves no more.
 *
 * @param load of the fullest replica, in seconds
 * @param unmoved load of the fullest replica if the moved requests were where they came from, in
 *     seconds
 */
public record MeasuredGain(double load, double unmoved) {

    /**
     * Measures the gain of a plan.
     *
     * @param after replicas and unfinished requests after the moves
     */
    public static MeasuredGain of(RebalancePlan plan, RebalanceProblem after) {
        var serving = after.replicas().stream().map(ReplicaSite::id).collect(toSet());
        var moves =
                plan.moves().stream()
                        .filter(move -> serving.contains(move.from()))
                        .collect(toMap(RequestMove::request, move -> move));
        var requests =
                after.requests().stream()
                        .map(request -> {
                            var move = moves.get(request.id());
                            return move != null && move.to().equals(request.replica())
                                    ? request.on(move.from())
                                    : request;
                        })
                        .toList();
        var unmoved =
                new RebalanceProblem(
                        after.replicas(),
                        after.adapterBytes(),
                        after.adapters(),
                        requests,
                        after.swapSeconds());
        return new MeasuredGain(fullest(after), fullest(unmoved));
    }

    private static double fullest(RebalanceProblem problem) {
        var loads = new RebalanceLoads(new ProblemIndex(problem));
        return problem.replicas().isEmpty() ? 0 : loads.of(loads.fullest());
    }

    /** Returns the seconds by which the moves have shrunk the load of the fullest replica. */
    public double seconds() {
        return unmoved - load;
    }
}
