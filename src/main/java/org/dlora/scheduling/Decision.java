package org.dlora.scheduling;

import java.util.List;
import java.util.Map;

/**
 * What a policy answers.
 *
 * @param next the policy's state for its next decision
 * @param explanation why; of no consequence
 */
public record Decision<S>(StepPlan plan, S next, StepDecision explanation) {

    /** Nobody is there: all stays as it is. */
    static <S> Decision<S> idle(String policy, Snapshot snapshot, S state) {
        var mode = snapshot.merge().mode();
        var plan = new StepPlan(mode, mode, List.of(), List.of());
        return new Decision<>(
                plan,
                state,
                StepDecision.byRule(policy, "idle", "nothing to do", plan, 0, Map.of()));
    }
}
