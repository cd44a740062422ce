package org.dlora.engine;

import java.util.ArrayList;
import java.util.function.Function;
import org.dlora.scheduling.Snapshot;
import org.dlora.scheduling.StepPlan;

/** Plans in the order of arrival, but every fifth step with company loses its youngest sequence. */
final class PreemptingPlans implements Function<Snapshot, StepPlan> {
    private int steps;

    @Override
    public StepPlan apply(Snapshot snapshot) {
        var plan = Plans.inOrder(snapshot);
        if (plan.run().size() < 2 || ++steps % 5 != 0) {
            return plan;
        }
        var preempt = new ArrayList<>(plan.preempt());
        preempt.add(plan.run().getLast().sequence());
        return new StepPlan(preempt, plan.run().subList(0, plan.run().size() - 1));
    }
}
