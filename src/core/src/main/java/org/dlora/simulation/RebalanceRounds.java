package org.dlora.simulation;

import static java.util.stream.Collectors.toSet;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import org.dlora.scheduling.rebalance.MoveHistory;
import org.dlora.scheduling.rebalance.MoveKind;
import org.dlora.scheduling.rebalance.RebalancePlan.RequestMove;
import org.dlora.scheduling.rebalance.RebalanceSettings;
import org.dlora.scheduling.rebalance.RebalanceSolver;
import org.dlora.scheduling.rebalance.RebalanceTrigger;
import org.dlora.scheduling.rebalance.RequestLoad;

/**
 * The rounds of rebalancing, as in a server: loads are looked at ten times a second, and the moves
 * of a plan are made a few at a time before the next plan. Solving takes no virtual time.
 */
final class RebalanceRounds {
    static final double TICK = 0.1;

    /** Moves that are made at once. */
    private static final int WINDOW = 4;

    private final ClusterProblem cluster;
    private final RequestOwner owner;
    private final VirtualClock timeline;
    private final RebalanceSolver solver;
    private final RebalanceSettings settings = RebalanceSettings.DEFAULT;
    private final RebalanceTrigger trigger =
            new RebalanceTrigger(settings, ClusterSetup.LIMITS.maxBatch());
    private final Deque<RequestMove> planned = new ArrayDeque<>();
    private MoveHistory history = MoveHistory.NONE;
    private Map<String, Double> foreseen = Map.of();
    private int running;
    private int plans;
    private double last;

    RebalanceRounds(
            ClusterProblem cluster,
            RequestOwner owner,
            VirtualClock timeline,
            RebalanceSolver solver) {
        this.cluster = cluster;
        this.owner = owner;
        this.timeline = timeline;
        this.solver = solver;
    }

    /** Returns the plans that were applied. */
    int plans() {
        return plans;
    }

    /** Makes a plan if the loads call for one, and begins its moves if it is worth them. */
    void look() {
        boolean isMoving = running > 0 || !planned.isEmpty();
        if (isMoving || trigger.reason(timeline.now(), last, cluster.loads()).isEmpty()) {
            return;
        }
        var present = cluster.now();
        history = history.of(present.requests().stream().map(RequestLoad::id).collect(toSet()));
        var problem = history.restrict(present, settings, timeline.now());
        var plan = solver.solve(problem, settings.timeLimit());
        last = timeline.now();
        if (plan.isWorth(settings)) {
            plans++;
            foreseen = MoveHistory.foreseen(problem, plan);
            planned.addAll(plan.moves());
            advance();
        }
    }

    private void advance() {
        while (running < WINDOW && !planned.isEmpty()) {
            var move = planned.remove();
            running++;
            boolean begins =
                    owner.move(
                            owner.request(move.request()),
                            ClusterSetup.number(move.to()),
                            move.kind() == MoveKind.SEND,
                            () -> ended(move));
            if (!begins) {
                running--;
            }
        }
        if (running == 0) {
            last = timeline.now();
        }
    }

    private void ended(RequestMove move) {
        if (owner.request(move.request()).replica == ClusterSetup.number(move.to())) {
            double difference = foreseen.getOrDefault(move.request(), 0.0);
            history =
                    history.plus(
                            move.request(), move.from(), move.to(), difference, timeline.now());
        }
        running--;
        advance();
    }
}
