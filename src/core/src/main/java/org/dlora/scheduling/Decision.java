package org.dlora.scheduling;

import java.util.List;
import java.util.Map;

/**
 * A policy's answer to a snapshot.
 *
 * @param next the policy's state for its next decision
 * @param explanation reason for the plan; it has no effect
 */
public record Decision<S>(StepPlan plan, S next, StepDecision explanation) {

    /** Returns the decision for a snapshot without sequences: the mode stays as it is. */
    public static <S> Decision<S> idle(String policy, Snapshot snapshot, S state) {
        var mode = snapshot.merge().mode();
        var plan = new StepPlan(mode, mode, List.of(), List.of());
        return new Decision<>(
                plan,
                state,
                StepDecision.byRule(policy, "idle", "nothing to do", plan, 0, Map.of()));
    }
}
