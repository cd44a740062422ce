package org.dlora.engine;

import java.util.ArrayList;
import org.dlora.scheduling.ArrivalOrderPolicy;
import org.dlora.scheduling.BatchingPolicy;
import org.dlora.scheduling.Snapshot;
import org.dlora.scheduling.StepPlan;

/** The real one, but every fifth step with company loses its youngest sequence. */
final class PreemptingPolicy implements BatchingPolicy {
    private final BatchingPolicy policy = new ArrivalOrderPolicy();
    private int steps;

    @Override
    public StepPlan plan(Snapshot snapshot) {
        var plan = policy.plan(snapshot);
        if (plan.run().size() < 2 || ++steps % 5 != 0) {
            return plan;
        }
        var preempt = new ArrayList<>(plan.preempt());
        preempt.add(plan.run().getLast().sequence());
        return new StepPlan(preempt, plan.run().subList(0, plan.run().size() - 1));
    }
}
