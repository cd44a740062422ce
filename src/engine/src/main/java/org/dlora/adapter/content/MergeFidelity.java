package org.dlora.adapter.content;

/**
 * Accuracy of an adapter's merged weights, which are rounded to the dtype of the base's.
 *
 * <p>Deviations of logits are relative: {@code ‖z − z'‖ / ‖z − mean(z)‖}. They go over all
 * positions of a probe prompt and the whole vocabulary. The mean of each row is taken off {@code z
 * − z'} as well, because a softmax does not see it.
 *
 * @param survival {@code 1 − ‖round(W + ΔW) − (W + ΔW)‖ / ‖ΔW‖}, Frobenius norms over all adapted
 *     matrices together; for a large model from a sample of their rows. It is 1 if all of the
 *     change survives, and 0 if rounding restores W. It always lies between, because W itself is a
 *     value of its dtype and the nearest one is taken
 * @param logitDeviation deviation of the adapter's rows, merged from unmerged
 * @param mixedNoise deviation of the base's rows beside the merged adapter, after their correction.
 *     Infinite if others do not mix with it
 */
public record MergeFidelity(double survival, double logitDeviation, double mixedNoise) {

    /** Returns whether the adapter may be merged automatically. */
    public boolean isAtLeast(double minFidelity) {
        return survival >= minFidelity;
    }

    /** Returns whether rows of others may run beside the merged adapter. */
    public boolean mixesWithin(double maxMixedNoise) {
        return mixedNoise <= maxMixedNoise;
    }
}
