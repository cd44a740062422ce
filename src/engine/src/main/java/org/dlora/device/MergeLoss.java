package org.dlora.device;

/**
 * Loss of a change {@code ΔW} of a matrix by rounding to the dtype of the weights, as squared
 * Frobenius norms. The losses of slices and matrices add up.
 *
 * @param change {@code ‖ΔW‖²}
 * @param lost {@code ‖round(W + ΔW) − (W + ΔW)‖²}; not finite if a merged weight is not
 */
public record MergeLoss(double change, double lost) {
    public static final MergeLoss NONE = new MergeLoss(0, 0);

    public MergeLoss plus(MergeLoss other) {
        return new MergeLoss(change + other.change, lost + other.lost);
    }
}
