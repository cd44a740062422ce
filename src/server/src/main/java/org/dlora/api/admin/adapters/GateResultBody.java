package org.dlora.api.admin.adapters;

import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.dlora.api.admin.cluster.SloBody;
import org.dlora.catalogue.versions.AdapterGate;
import org.dlora.catalogue.versions.Gate;
import org.dlora.catalogue.versions.GateResult;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/**
 * Result of a version with a gate.
 *
 * @param current whether the gate is the one in force
 * @param problem the first prompt that did not pass and why, null if all passed
 */
@JsonNaming(SnakeCaseStrategy.class)
public record GateResultBody(
        boolean passed,
        boolean current,
        Instant checked,
        @Nullable String problem,
        List<FindingBody> prompts) {

    /**
     * Outcome of one prompt. What is not known is null.
     *
     * @param got text of the answer, null where log-probabilities were compared
     * @param firstDifference index of the first output token that is not as expected
     * @param divergence largest difference of a log-probability to the recorded one, nats
     */
    @JsonNaming(SnakeCaseStrategy.class)
    public record FindingBody(
            int prompt,
            boolean passed,
            @Nullable String problem,
            @Nullable String got,
            @Nullable Integer firstDifference,
            @Nullable Double expectedLogprob,
            @Nullable Double logprob,
            @Nullable Double divergence) {}

    static GateResultBody of(AdapterGate gate, GateResult result) {
        var findings = result.findings();
        return new GateResultBody(
                result.passed(),
                gate.gate().map(Gate::hash).filter(result.gate()::equals).isPresent(),
                result.checked(),
                result.problem().orElse(null),
                IntStream.range(0, findings.size())
                        .mapToObj(i -> finding(i, findings.get(i)))
                        .toList());
    }

    /** Returns whether the version passed, and nothing of the gate's prompts. */
    GateResultBody withoutFindings() {
        return new GateResultBody(passed, current, checked, null, List.of());
    }

    private static FindingBody finding(int prompt, GateResult.Finding finding) {
        return new FindingBody(
                prompt,
                finding.passed(),
                finding.problem().orElse(null),
                finding.expectedLogprob().isPresent() ? null : finding.got(),
                finding.firstDifference().isPresent()
                        ? (Integer) finding.firstDifference().getAsInt()
                        : null,
                SloBody.finite(finding.expectedLogprob().orElse(Double.NaN)),
                SloBody.finite(finding.logprob().orElse(Double.NaN)),
                SloBody.finite(finding.divergence().orElse(Double.NaN)));
    }
}
