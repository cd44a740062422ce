package org.dlora.scheduling;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Why a step is as it is, for people and metrics.
 *
 * @param policy {@link Policy#name()}
 * @param chosen name of the candidate that was chosen
 * @param why the reason, in a sentence
 * @param candidates what was compared, the chosen one among them; empty where a rule decides
 *     without comparing
 * @param step seconds that the step will take, NaN if not predicted
 * @param standing what the policy keeps per adapter: credits, or service received
 */
public record StepDecision(
        String policy,
        String chosen,
        String why,
        Mode mode,
        Mode target,
        List<Candidate> candidates,
        double step,
        Map<AdapterRef, Double> standing) {

    /**
     * A way to go on.
     *
     * @param tokensPerSecond predicted over {@code horizon}, the switch included
     * @param step seconds of one of its steps
     * @param merge seconds of building that are still to be paid
     * @param horizon seconds that the backlog keeps it going
     * @param refused why it cannot be chosen, null if it can
     */
    public record Candidate(
            String name,
            Mode target,
            double tokensPerSecond,
            double step,
            double merge,
            double horizon,
            @Nullable String refused) {}

    /** Of a rule that compares nothing. */
    static StepDecision byRule(
            String policy,
            String chosen,
            String why,
            StepPlan plan,
            double step,
            Map<AdapterRef, Double> standing) {
        return new StepDecision(
                policy, chosen, why, plan.mode(), plan.target(), List.of(), step, standing);
    }

    /** This decision with another target, for the reason {@code because}. */
    StepDecision withTarget(Mode other, String because) {
        return new StepDecision(
                policy, chosen, why + "; " + because, mode, other, candidates, step, standing);
    }

    public StepDecision {
        candidates = List.copyOf(candidates);
        standing = standing instanceof Balances ? standing : Map.copyOf(standing);
    }
}
