package org.dlora.device.cpu;

import java.util.Optional;
import org.dlora.device.cpu.Kernels.Rows;
import org.jspecify.annotations.Nullable;

/**
 * Products of rows with the panels of a matrix. An implementation has one numeric mode: an output
 * is computed by the same operations in the same order for any number of rows and any panels beside
 * its own.
 */
interface LinearKernels {

    /** What the log calls it. */
    String name();

    /** Panels that a call wants at a time, at least 1; a share of work should be a multiple. */
    int panelTile();

    /**
     * Low-rank terms without a stop between shrink and expand, to the same bits; if there are any
     * such kernels.
     */
    default Optional<NativeLora> lora() {
        return Optional.empty();
    }

    /**
     * {@code y[r, c] = Σ_k x[r, k]·w[c, k] + bias[c]} for the outputs c of some panels. May store
     * whole panels: y must have room for the last one.
     *
     * @param x offset of the first row
     * @param y likewise, at output 0 of the matrix
     * @param bias of all outputs of the matrix; null: zeros
     */
    void linear(Panels w, Rows x, Rows y, int rows, @Nullable CpuVector bias);

    /**
     * {@code y[r, c] += scale·Σ_k x[r, k]·w[c, k]}, each by one fused multiply-add; touches no
     * column beyond those of w.
     */
    void addLinear(Panels w, float scale, Rows x, Rows y, int rows, Scratch scratch);
}
