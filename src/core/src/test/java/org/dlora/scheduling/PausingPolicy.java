package org.dlora.scheduling;

import java.util.Map;
import org.dlora.scheduling.policy.ArrivalOrderPolicy;

/** Arrival order in which all running sequences but the first pause in every second step. */
public record PausingPolicy() implements Policy<Integer>, PolicySource {
    @Override
    public String name() {
        return "pausing";
    }

    @Override
    public boolean mayMerge() {
        return false;
    }

    @Override
    public Policy<?> create() {
        return this;
    }

    @Override
    public Integer start() {
        return 0;
    }

    @Override
    public Decision<Integer> decide(Snapshot snapshot, Integer steps) {
        if (snapshot.sequences().isEmpty()) {
            return Decision.idle(name(), snapshot, steps);
        }
        var all = new ArrivalOrderPolicy().plan(snapshot);
        var plan = steps % 2 == 0 ? all : new StepPlan(all.preempt(), all.run().subList(0, 1));
        double step = snapshot.costs().step(StepShape.of(SnapshotIndex.of(snapshot), plan));
        return new Decision<>(
                plan,
                steps + 1,
                StepDecision.byRule(name(), "unmerged", "in turn", plan, step, Map.of()));
    }
}
