package org.dlora.api.admin.adapters;

import static org.dlora.api.admin.cluster.SloBody.finite;

import org.dlora.cluster.fidelity.JudgedAdapter;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/**
 * The verdict on merging an adapter.
 *
 * @param version hash of its content, null while that has not been validated
 * @param mixable whether rows of other models may run while it is merged
 * @param why the reason why it is not mergeable or not mixable, null if it is both
 * @param fidelity share of its change that survives merging, null if not measured
 * @param logitDeviation relative deviation of its logits, null if not measured
 * @param mixedNoise deviation of the logits of other models while it is merged, null if not
 *     measured or if none can run then
 */
@JsonNaming(SnakeCaseStrategy.class)
public record JudgedBody(
        String name,
        @Nullable String version,
        boolean mergeable,
        boolean mixable,
        @Nullable String why,
        @Nullable Double fidelity,
        @Nullable Double logitDeviation,
        @Nullable Double mixedNoise) {
    static JudgedBody of(JudgedAdapter judged) {
        var rules = judged.verdict().rules();
        var measured = judged.verdict().fidelity();
        return new JudgedBody(
                judged.adapter().name(),
                judged.adapter().version().orElse(null),
                rules.mergeable(),
                rules.mixable(),
                rules.exclusive(),
                measured == null ? null : finite(measured.survival()),
                measured == null ? null : finite(measured.logitDeviation()),
                measured == null ? null : finite(measured.mixedNoise()));
    }
}
