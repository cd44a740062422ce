package org.dlora.device;

import java.util.Optional;

/**
 * One replica's compute on a device. {@link #begin} opens each step and gives the operations that
 * depend on its rows; those here treat all rows alike. All are called from one thread, in order. A
 * call may return before the device is done; {@link #read} waits. {@code rows} is the number of
 * leading rows of the buffers that take part.
 *
 * <p>On a CPU every output element is summed in one fixed order that depends on its own row's
 * inputs only. So a row's result is bit-identical alone and in any batch.
 */
public interface Operations extends AutoCloseable {
    /** Most elements of a row that {@link #largest} finds. */
    int MAX_LARGEST = 512;

    /** Allocates a buffer {@code [rows, width]}. */
    Activations activations(int rows, int width);

    /**
     * Opens the next step, once the one before is closed.
     *
     * @param logitRows rows whose logits are wanted; see {@link Step#gather}
     * @param lora groups of the rows at every linear layer; their weights stay open until the step
     *     is closed
     * @param epoch of the memory that the step uses
     * @throws IllegalStateException if the step before is still open
     */
    Step begin(RaggedBatch batch, int[] logitRows, LoraBatch lora, StepEpoch epoch);

    /**
     * Opens the rest of the step that was closed last, on fewer of its rows, at least one. The
     * parameters are those of {@link #begin}, of those rows.
     *
     * @throws IllegalStateException if the step before is still open
     */
    default Step beginRest(RaggedBatch batch, int[] logitRows, LoraBatch lora, StepEpoch epoch) {
        return begin(batch, logitRows, lora, epoch);
    }

    /**
     * Computes {@code out = x / sqrt(mean(x²) + eps) · weight} per row (RMSNorm, Zhang &amp;
     * Sennrich 2019); in float32, as transformers does.
     */
    void rmsNorm(Activations x, int rows, WeightVector weight, float eps, Activations out);

    /** Computes {@code residual += x}, then {@code out = rmsNorm(residual)}. */
    void addRmsNorm(
            Activations x,
            Activations residual,
            int rows,
            WeightVector weight,
            float eps,
            Activations out);

    /**
     * Computes {@code y = x·Wᵀ + bias}; x {@code [rows, k]}, W {@code [n, k]}, y {@code [rows, n]},
     * bias {@code [n]} of zeros if absent.
     */
    void linear(
            WeightMatrix weight,
            Optional<WeightVector> bias,
            Activations x,
            int rows,
            Activations y);

    /**
     * Applies RMSNorm to every head of a slice of fused rows in place (Qwen3's q/k norm): {@code
     * heads} heads of {@code headDim} from column {@code firstColumn} on.
     */
    void headNorm(
            Activations qkv,
            int rows,
            int firstColumn,
            int heads,
            int headDim,
            WeightVector weight,
            float eps);

    /**
     * Computes {@code out = silu(gate)·up}; gateUp {@code [rows, 2·n]} with the gate first, out
     * {@code [rows, n]}.
     */
    void siluMul(Activations gateUp, int rows, Activations out);

    /**
     * Does {@link #linear}, then {@link #siluMul}: {@code out = silu(gate)·up}, where gate and up
     * are the halves of {@code x·Wᵀ + bias}. Bit for bit the same; a device may do both at once.
     *
     * @param gateUp {@code [rows, 2·n]}; what it holds afterwards means nothing
     * @param out {@code [rows, n]}
     */
    default void gatedLinear(
            WeightMatrix weight,
            Optional<WeightVector> bias,
            Activations x,
            int rows,
            Activations gateUp,
            Activations out) {
        linear(weight, bias, x, rows, gateUp);
        siluMul(gateUp, rows, out);
    }

    /**
     * Copies row {@code row} of {@code x} to {@code out}, whose length is the row's width; waits
     * for it.
     */
    void read(Activations x, int row, float[] out);

    /**
     * Finds the index of the largest element of each row {@code rows[i]} of {@code x}, the lowest
     * one among equals. If an element is NaN or infinite, it gives {@code -1 - } the index of the
     * first that is. Waits for it.
     */
    void argMax(Activations x, int[] rows, int[] out);

    /**
     * Finds the largest output of {@code x·Wᵀ} for each row {@code rows[i]} of {@code x}, where W
     * is the matrix of the index: what {@link #linear} and {@link #argMax} find, but these compute
     * all outputs. Waits for it.
     *
     * @return false if they are faster; then nothing is done
     */
    default boolean linearArgMax(ArgMaxIndex index, Activations x, int[] rows, int[] out) {
        return false;
    }

    /**
     * Finds the {@code k} largest elements of each row {@code rows[i]} of {@code x}, in descending
     * order, the lower index first among equals. If an element of a row is NaN or infinite, the
     * row's first index is {@code -1 - } the index of the first that is, and the rest of it means
     * nothing. Waits for it.
     *
     * <p>This one takes rows to the host and chooses there; a device may choose where the rows are.
     *
     * @param k at most {@link #MAX_LARGEST}, and the row's width
     * @param indices {@code [rows.length][k]}, written
     * @param values {@code [rows.length][k]}, written
     */
    default void largest(Activations x, int[] rows, int k, int[] indices, float[] values) {
        forEachRow(
                x,
                rows,
                (row, elements) -> {
                    for (int i = 0; i < elements.length; i++) {
                        if (!Float.isFinite(elements[i])) {
                            indices[row * k] = -1 - i;
                            return;
                        }
                    }
                    int[] top = TopK.largest(i -> elements[i], elements.length, k);
                    for (int i = 0; i < k; i++) {
                        indices[row * k + i] = top[i];
                        values[row * k + i] = elements[top[i]];
                    }
                });
    }

    /**
     * Hands a copy of each of {@code rows} of {@code x} to {@code use}, in any order and on several
     * threads at once. Waits until all have been used; then throws what {@code use} threw.
     */
    void forEachRow(Activations x, int[] rows, RowUse use);

    /**
     * Computes the rows {@code fromRow .. toRow} of {@code live}: the update's matrix with its
     * terms merged into it and rounded once, to nearest even. The pristine matrix is always the
     * source, and sums have one order. So the result is the same whatever {@code live} held, and
     * for any cut of the rows into slices. An update without terms is a copy.
     *
     * <p>Rows of {@linkplain Device#park parked} matrices pass through a bounded buffer on the
     * device, and the call waits for them. A parked {@code live} has a parked pristine matrix.
     *
     * @param fromRow a multiple of {@link WeightUpdate#SLICE_ROWS}
     * @param toRow likewise, or the number of all rows
     * @param live another matrix of the pristine one's shape, dtype and device; other rows stay
     */
    void merge(WeightUpdate update, int fromRow, int toRow, WeightMatrix live);

    /** Returns the rounding loss of {@link #merge} of the same rows, in float64. Writes nothing. */
    MergeLoss mergeLoss(WeightUpdate update, int fromRow, int toRow);

    @Override
    void close();
}
