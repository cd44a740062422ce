package org.dlora.engine;

import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.dlora.replica.SchedulingSettings;
import org.dlora.scheduling.Decision;
import org.dlora.scheduling.Policy;
import org.dlora.scheduling.PolicySource;
import org.dlora.scheduling.SloLimits;
import org.dlora.scheduling.Snapshot;
import org.dlora.scheduling.Stateless;
import org.dlora.scheduling.StepDecision;
import org.dlora.scheduling.StepPlan;
import org.dlora.scheduling.policy.ArrivalOrderPolicy;

/** A policy that is a function from snapshots to plans. */
record Plans(Function<Snapshot, StepPlan> plan) implements Policy<Stateless>, PolicySource {
    @Override
    public boolean mayMerge() {
        return true;
    }

    @Override
    public Policy<?> create() {
        return this;
    }

    /** Returns settings whose policy is {@code plan}. */
    static SchedulingSettings of(Function<Snapshot, StepPlan> plan) {
        return new SchedulingSettings(new Plans(plan), SloLimits.NONE);
    }

    /** Returns the plan in the order of arrival. */
    static StepPlan inOrder(Snapshot snapshot) {
        return new ArrivalOrderPolicy().decide(snapshot, new Stateless()).plan();
    }

    @Override
    public String name() {
        return "test";
    }

    @Override
    public Stateless start() {
        return new Stateless();
    }

    @Override
    public Decision<Stateless> decide(Snapshot snapshot, Stateless state) {
        var planned = plan.apply(snapshot);
        var why =
                new StepDecision(
                        name(),
                        planned.mode().toString(),
                        "a test wants it",
                        planned.mode(),
                        planned.target(),
                        List.of(),
                        Double.NaN,
                        Map.of());
        return new Decision<>(planned, state, why);
    }
}
