package org.dlora.adapter;

/**
 * What merging an adapter costs in accuracy, because the merged weights are rounded to the dtype of
 * the base's. Deviations of logits are relative: {@code ‖z − z'‖ / ‖z − mean(z)‖} with the mean of
 * each row taken off {@code z − z'} as well (a softmax does not see it), over all positions of a
 * probe prompt and the whole vocabulary.
 *
 * @param survival {@code 1 − ‖round(W + ΔW) − (W + ΔW)‖ / ‖ΔW‖}, Frobenius norms over all adapted
 *     matrices together, of a large model from a sample of their rows: 1 if all of the change
 *     survives, 0 if rounding gives back what was there. In between in any case, as W itself is a
 *     value of its dtype and the nearest one is taken
 * @param logitDeviation of the adapter's rows, merged from unmerged
 * @param mixedNoise of the base's rows beside it: what rounding leaves after the correction.
 *     Infinite if others do not mix with it
 */
public record MergeFidelity(double survival, double logitDeviation, double mixedNoise) {

    /** Whether it may be merged without having been asked for. */
    public boolean isAtLeast(double minFidelity) {
        return survival >= minFidelity;
    }

    /** Whether rows of others may run beside it while it is merged. */
    public boolean mixesWithin(double maxMixedNoise) {
        return mixedNoise <= maxMixedNoise;
    }
}
