package org.dlora.app.settings;

import static java.time.temporal.ChronoUnit.SECONDS;

import jakarta.validation.constraints.DecimalMax;
import jakarta.validation.constraints.DecimalMin;
import java.time.Duration;
import org.dlora.adapter.content.MergeFidelity;
import org.dlora.replica.MergeSettings;
import org.dlora.scheduling.MergeRules;
import org.hibernate.validator.constraints.time.DurationMin;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.boot.convert.DurationUnit;

/**
 * Settings of merging.
 *
 * @param minFidelity share of its change that must survive rounding; see {@link
 *     org.dlora.adapter.content.MergeFidelity}
 * @param maxMixedNoise relative deviation of the logits of others beside it; above it they never
 *     run beside it
 * @param share of its time that it builds merged weights in while requests run
 * @param keep how long copies of weights are kept that are not in use
 * @param pristine where the weights are kept that merges begin from
 */
public record MergeProperties(
        @DefaultValue("" + MIN_FIDELITY) @DecimalMin("0") @DecimalMax("1") double minFidelity,
        @DefaultValue("" + MAX_MIXED_NOISE) @DecimalMin("0") double maxMixedNoise,
        @DefaultValue("0.2")
                @DecimalMin(value = "0", inclusive = false)
                @DecimalMax(value = "1", inclusive = false)
                double share,
        @DefaultValue("30s") @DurationUnit(SECONDS) @DurationMin Duration keep,
        @DefaultValue("device") PristineWeights pristine) {
    public static final double MIN_FIDELITY = 0.5;
    public static final double MAX_MIXED_NOISE = 0.02;

    MergeSettings settings() {
        return new MergeSettings(share, keep.toNanos() / 1e9);
    }

    /** Returns whether the pristine weights of GPUs lie in the host's memory. */
    public boolean isParked() {
        return pristine == PristineWeights.HOST;
    }

    /** Returns the merge rules of an adapter of this fidelity. */
    public MergeRules rules(MergeFidelity fidelity) {
        if (!fidelity.isAtLeast(minFidelity)) {
            return MergeRules.never(
                    "of its change %.2f survives the rounding of merged weights, less than dlora.merge.min-fidelity %s"
                            .formatted(fidelity.survival(), minFidelity));
        }
        return fidelity.mixesWithin(maxMixedNoise)
                ? MergeRules.FREE
                : MergeRules.aloneOnly(
                        "the logits of others would deviate by %.3f beside it, more than dlora.merge.max-mixed-noise %s"
                                .formatted(fidelity.mixedNoise(), maxMixedNoise));
    }
}
