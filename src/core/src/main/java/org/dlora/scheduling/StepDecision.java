package org.dlora.scheduling;

import java.util.List;
import java.util.Map;
import org.dlora.scheduling.fair.Candidate;
import org.jspecify.annotations.Nullable;

/**
 * The explanation of a step, for people and metrics.
 *
 * @param policy {@link Policy#name()}
 * @param chosen name of the chosen candidate
 * @param why the reason, in a sentence
 * @param candidates the compared candidates, the chosen one among them; empty if a rule decides
 *     without comparing
 * @param step predicted seconds of the step, NaN if not predicted
 * @param standing the policy's number for each adapter: credits, or service received; the largest
 *     of its flows if there are teams
 * @param teams the teams with requests; empty without teams, and if the policy does not count them
 */
public record StepDecision(
        String policy,
        String chosen,
        String why,
        Mode mode,
        Mode target,
        List<Candidate> candidates,
        double step,
        Map<AdapterRef, Double> standing,
        List<TeamStanding> teams) {

    /** Creates an explanation without teams. */
    public StepDecision(
            String policy,
            String chosen,
            String why,
            Mode mode,
            Mode target,
            List<Candidate> candidates,
            double step,
            Map<AdapterRef, Double> standing) {
        this(policy, chosen, why, mode, target, candidates, step, standing, List.of());
    }

    /**
     * A candidate as it was compared.
     *
     * @param tokensPerSecond predicted over {@code horizon}, the switch included
     * @param step seconds of one of its steps
     * @param merge seconds of building still to come
     * @param horizon seconds that the backlog lasts
     * @param refused reason why it cannot be chosen, null if it can
     */
    public record Candidate(
            String name,
            Mode target,
            double tokensPerSecond,
            double step,
            double merge,
            double horizon,
            @Nullable String refused) {}

    /** Returns the explanation of a rule that compares nothing. */
    public static StepDecision byRule(
            String policy,
            String chosen,
            String why,
            StepPlan plan,
            double step,
            Map<AdapterRef, Double> standing) {
        return new StepDecision(
                policy, chosen, why, plan.mode(), plan.target(), List.of(), step, standing);
    }

    /** Returns this decision with another target, for the reason {@code because}. */
    public StepDecision withTarget(Mode other, String because) {
        return new StepDecision(
                policy,
                chosen,
                why + "; " + because,
                mode,
                other,
                candidates,
                step,
                standing,
                teams);
    }

    public StepDecision {
        candidates = List.copyOf(candidates);
        teams = List.copyOf(teams);
        standing = standing instanceof Balances ? standing : Map.copyOf(standing);
    }
}
