package org.dlora.device;

/**
 * What rounding to the dtype of the weights takes from a change {@code ΔW} of a matrix, as squared
 * Frobenius norms; sums over slices and matrices add up.
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
