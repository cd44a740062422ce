package org.dlora.device.cpu.linear;

import org.dlora.device.cpu.matrix.Panels;
import org.dlora.device.cpu.memory.CpuVector;
import org.dlora.device.cpu.memory.FloatRows;
import org.dlora.device.cpu.memory.Scratch;
import org.jspecify.annotations.Nullable;

/**
 * Products of rows with the panels of a matrix. An implementation has one numeric mode: an output
 * is computed by the same operations in the same order for any number of rows and any panels beside
 * its own.
 */
public interface LinearKernels {

    /** Returns the name in the log. */
    String name();

    /** Panels that a call wants at a time, at least 1; a share of work should be a multiple. */
    int panelTile();

    /** Returns the rows of a worker from which on it should have rows of its own and all panels. */
    int rowsPerWorker();

    /**
     * {@code y[r, c] = Σ_k x[r, k]·w[c, k] + bias[c]} for the outputs c of some panels. May store
     * whole panels: y must have room for the last one.
     *
     * @param x offset of the first row
     * @param y likewise, at output 0 of the matrix
     * @param bias of all outputs of the matrix; null: zeros
     */
    void linear(Panels w, FloatRows x, FloatRows y, int rows, @Nullable CpuVector bias);

    /**
     * {@code y[r, c] += scale·Σ_k x[r, k]·w[c, k]}, each by one fused multiply-add; touches no
     * column beyond those of w.
     */
    void addLinear(Panels w, float scale, FloatRows x, FloatRows y, int rows, Scratch scratch);
}
