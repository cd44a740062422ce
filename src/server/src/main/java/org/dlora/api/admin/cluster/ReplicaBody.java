package org.dlora.api.admin.cluster;

import static org.dlora.api.admin.cluster.SloBody.finite;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.dlora.engine.SchedulingReport;
import org.dlora.replica.RecordedStep;
import org.dlora.scheduling.AdapterRef;
import org.dlora.scheduling.MergeView;
import org.dlora.scheduling.Mode;
import org.dlora.scheduling.StepDecision;
import org.dlora.scheduling.StepShape;
import org.dlora.scheduling.TeamStanding;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/**
 * The scheduling of one replica.
 *
 * @param shares weights of the service that models get; a model that is not named has weight 1
 * @param mode of the weights in the last step: unmerged, or merged(id)
 * @param ready ids of adapters whose merged weights exist
 * @param building the merged weights that are being built, null if none are
 * @param steps the last steps, the newest first
 */
record ReplicaBody(
        String replica,
        String policy,
        SloBody slo,
        Map<String, Double> shares,
        String mode,
        List<String> ready,
        @Nullable BuildBody building,
        List<StepBody> steps) {

    /** Key of the base model, as in metrics. Ids of adapters are name@version#number. */
    private static final String BASE = "base";

    record BuildBody(String adapter, double progress) {
        static @Nullable BuildBody of(MergeView.@Nullable Build build) {
            return build == null ? null : new BuildBody(build.adapter(), build.progress());
        }
    }

    /**
     * A step that has run.
     *
     * @param age seconds since it was planned
     * @param seconds it took
     * @param predicted seconds, null before costs are known
     * @param correctedRows rows that went through the merged weights of another adapter
     * @param policy that planned it
     * @param mode of the weights; {@code mixed(id)} if rows of other models went through merged
     *     weights
     * @param standing the number that the policy keeps for each adapter; {@code base} is the base
     *     model
     * @param teams the service of the teams with requests; empty without teams
     */
    @JsonNaming(SnakeCaseStrategy.class)
    record StepBody(
            long number,
            double age,
            double seconds,
            @Nullable Double predicted,
            int sequences,
            int rows,
            int correctedRows,
            ShapeBody shape,
            String policy,
            String mode,
            String target,
            String chosen,
            String why,
            List<CandidateBody> candidates,
            Map<String, Double> standing,
            List<TeamBody> teams) {
        static StepBody of(RecordedStep step, double now) {
            var decision = step.decision();
            return new StepBody(
                    step.number(),
                    now - step.at(),
                    step.seconds(),
                    finite(step.predicted()),
                    step.sequences(),
                    step.rows(),
                    step.correctedRows(),
                    ShapeBody.of(step.shape()),
                    decision.policy(),
                    mode(step),
                    decision.target().toString(),
                    decision.chosen(),
                    decision.why(),
                    decision.candidates().stream().map(CandidateBody::of).toList(),
                    byName(decision.standing()),
                    decision.teams().stream().map(TeamBody::of).toList());
        }

        private static String mode(RecordedStep step) {
            return step.decision().mode() instanceof Mode.Merged(var id) && step.correctedRows() > 0
                    ? "mixed(" + id + ")"
                    : step.decision().mode().toString();
        }
    }

    /**
     * The service of a team, in weighted tokens.
     *
     * @param team its name; empty for the requests without a team
     * @param share of service relative to other teams
     * @param lead service per share beyond that of the backlogged team with the least
     * @param adapters service of its adapters beyond that of its adapter with the least
     */
    record TeamBody(String team, double share, double lead, Map<String, Double> adapters) {
        static TeamBody of(TeamStanding standing) {
            return new TeamBody(
                    standing.team().name(),
                    standing.share(),
                    standing.lead(),
                    byName(standing.adapters()));
        }
    }

    private static Map<String, Double> byName(Map<AdapterRef, Double> numbers) {
        var named = new TreeMap<String, Double>();
        numbers.forEach((adapter, number) -> named.put(key(adapter), number));
        return named;
    }

    private static String key(AdapterRef adapter) {
        return switch (adapter) {
            case AdapterRef.Base() -> BASE;
            case AdapterRef.Adapter(var id) -> id;
        };
    }

    /**
     * Shape of a step, which its cost depends on; see {@link StepShape}.
     *
     * @param context positions that decode rows attended to, summed
     * @param prefillContext positions that prefill rows attended to, summed over rows
     */
    @JsonNaming(SnakeCaseStrategy.class)
    record ShapeBody(
            int prefillRows,
            int decodeRows,
            long context,
            long prefillContext,
            List<GroupBody> groups) {
        static ShapeBody of(StepShape shape) {
            return new ShapeBody(
                    shape.prefillRows(),
                    shape.decodeRows(),
                    shape.context(),
                    shape.prefillContext(),
                    shape.groups().stream().map(GroupBody::of).toList());
        }
    }

    /**
     * A LoRA group of a step.
     *
     * @param elements numbers in the adapter's matrices
     */
    record GroupBody(int rank, long elements, int rows) {
        static GroupBody of(StepShape.Group group) {
            return new GroupBody(group.lora().rank(), group.lora().elements(), group.rows());
        }
    }

    /**
     * A candidate that the policy compared.
     *
     * @param merge seconds of building that were left
     * @param horizon predicted seconds for which the backlog keeps the mode in use
     * @param refused the reason why it could not be chosen
     */
    @JsonNaming(SnakeCaseStrategy.class)
    record CandidateBody(
            String name,
            String target,
            @Nullable Double tokensPerSecond,
            @Nullable Double step,
            @Nullable Double merge,
            @Nullable Double horizon,
            @Nullable String refused) {
        static CandidateBody of(StepDecision.Candidate candidate) {
            return new CandidateBody(
                    candidate.name(),
                    candidate.target().toString(),
                    finite(candidate.tokensPerSecond()),
                    finite(candidate.step()),
                    finite(candidate.merge()),
                    finite(candidate.horizon()),
                    candidate.refused());
        }
    }

    /**
     * @param base the base model's name for clients
     */
    static ReplicaBody of(SchedulingReport report, String base) {
        var weights = new TreeMap<String, Double>();
        report.weights()
                .byName()
                .forEach((name, weight) -> weights.put(name.isEmpty() ? base : name, weight));
        return new ReplicaBody(
                report.replica(),
                report.policy(),
                SloBody.of(report.slo()),
                weights,
                report.merge().mode().toString(),
                report.merge().ready().stream().sorted().toList(),
                BuildBody.of(report.merge().building()),
                report.steps().stream().map(step -> StepBody.of(step, report.now())).toList());
    }
}
