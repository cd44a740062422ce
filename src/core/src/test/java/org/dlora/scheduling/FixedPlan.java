package org.dlora.scheduling;

import java.util.List;
import java.util.Map;

/** A policy that runs the same rows of one sequence in each step, to bring about a state. */
record FixedPlan(long sequence, int rows) implements Policy<Stateless>, PolicySource {
    @Override
    public String name() {
        return "fixed";
    }

    @Override
    public boolean mayMerge() {
        return false;
    }

    @Override
    public Policy<Stateless> create() {
        return this;
    }

    @Override
    public Stateless start() {
        return new Stateless();
    }

    @Override
    public Decision<Stateless> decide(Snapshot snapshot, Stateless state) {
        var plan = new StepPlan(List.of(), List.of(new StepPlan.Run(sequence, rows)));
        var why =
                new StepDecision(
                        name(),
                        name(),
                        "a test wants it",
                        plan.mode(),
                        plan.target(),
                        List.of(),
                        Double.NaN,
                        Map.of());
        return new Decision<>(plan, state, why);
    }
}
