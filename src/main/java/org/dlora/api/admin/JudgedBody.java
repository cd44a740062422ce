package org.dlora.api.admin;

import static org.dlora.api.admin.SloBody.finite;

import org.dlora.cluster.JudgedAdapter;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/**
 * Whether an adapter may be merged.
 *
 * @param mixable whether rows of others may run beside it then
 * @param why one of the two is not so, null if both are
 * @param fidelity share of its change that survives, null as the other two if not measured
 * @param logitDeviation of its logits, relative
 * @param mixedNoise deviation of the logits of others beside it, null also if none can run there
 */
@JsonNaming(SnakeCaseStrategy.class)
record JudgedBody(
        String name,
        String version,
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
                judged.adapter().version(),
                rules.mergeable(),
                rules.mixable(),
                rules.exclusive(),
                measured == null ? null : finite(measured.survival()),
                measured == null ? null : finite(measured.logitDeviation()),
                measured == null ? null : finite(measured.mixedNoise()));
    }
}
