package org.dlora.device.cpu.linear;

import java.lang.foreign.MemorySegment;
import org.dlora.device.cpu.matrix.PanelMatrix;
import org.dlora.device.cpu.matrix.Panels;
import org.dlora.device.cpu.memory.CpuVector;
import org.dlora.device.cpu.memory.FloatRows;
import org.dlora.device.cpu.memory.LoadAhead;
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
     * Returns the bytes of {@code rows} rows in the form that the products with {@code w} read; 0
     * where they read float32.
     */
    default long roundedBytes(PanelMatrix w, int rows) {
        return 0;
    }

    /**
     * Rounds the rows {@code from .. to} of x, to their place in memory of {@link #roundedBytes}.
     */
    default void round(PanelMatrix w, FloatRows x, int from, int to, MemorySegment rounded) {
        throw new UnsupportedOperationException("these products read float32");
    }

    /** Returns whether the products load anything of {@link LoadAhead}. */
    default boolean loadsAhead() {
        return false;
    }

    /** Returns whether {@link #gated} is for this matrix. */
    default boolean isGated(PanelMatrix gateUp) {
        return false;
    }

    /**
     * {@code y[r, c] = silu(gate)·up} for the gates c of some panels: the first half of the
     * matrix's outputs are gates, the other their ups.
     *
     * @param rounded of all rows of x; null: this rounds them, if need be
     * @param bias of all outputs of the matrix; null: zeros
     * @param ahead memory that the worker may load ahead, of {@link LoadAhead}; null: none
     */
    default void gated(
            Panels gates,
            FloatRows x,
            @Nullable MemorySegment rounded,
            FloatRows y,
            int rows,
            @Nullable CpuVector bias,
            @Nullable MemorySegment ahead) {
        throw new UnsupportedOperationException("there are no gated products here");
    }

    /**
     * {@code y[r, c] = Σ_k x[r, k]·w[c, k] + bias[c]} for the outputs c of some panels. May store
     * whole panels: y must have room for the last one.
     *
     * @param x offset of the first row
     * @param rounded of all rows of x; null: this rounds them, if need be
     * @param y at output 0 of the matrix
     * @param bias of all outputs of the matrix; null: zeros
     * @param ahead memory that the worker may load ahead, of {@link LoadAhead}; null: none
     */
    void linear(
            Panels w,
            FloatRows x,
            @Nullable MemorySegment rounded,
            FloatRows y,
            int rows,
            @Nullable CpuVector bias,
            @Nullable MemorySegment ahead);

    /** Does {@link #linear} of rows that were not rounded before, and loads nothing ahead. */
    default void linear(Panels w, FloatRows x, FloatRows y, int rows, @Nullable CpuVector bias) {
        linear(w, x, null, y, rows, bias, null);
    }

    /**
     * {@code y[r, c] += scale·Σ_k x[r, k]·w[c, k]}, each by one fused multiply-add; touches no
     * column beyond those of w.
     */
    void addLinear(Panels w, float scale, FloatRows x, FloatRows y, int rows, Scratch scratch);
}
