package org.dlora.device.cpu.linear;

import java.lang.foreign.MemorySegment;
import org.dlora.device.cpu.kernels.Kernels;
import org.dlora.device.cpu.matrix.Panels;
import org.dlora.device.cpu.memory.CpuVector;
import org.dlora.device.cpu.memory.FloatRows;
import org.dlora.device.cpu.memory.Scratch;
import org.jspecify.annotations.Nullable;

/** {@link LinearKernels} in Java: float32 throughout, k ascending through fused multiply-adds. */
public final class JavaLinear implements LinearKernels {
    /**
     * Panels whose products are computed before they are added to y, so that they stay in the L1
     * cache.
     */
    private static final int PANELS = 8;

    private static final int ROWS_PER_WORKER = 16;

    private final Kernels kernels;

    public JavaLinear(Kernels kernels) {
        this.kernels = kernels;
    }

    @Override
    public String name() {
        return kernels.name();
    }

    @Override
    public int panelTile() {
        return kernels.panelTile();
    }

    @Override
    public int rowsPerWorker() {
        return ROWS_PER_WORKER;
    }

    @Override
    public void linear(
            Panels w,
            FloatRows x,
            @Nullable MemorySegment rounded,
            FloatRows y,
            int rows,
            @Nullable CpuVector bias,
            @Nullable MemorySegment ahead) {
        kernels.linear(w, x, y, rows);
        if (bias != null) {
            long first = 4L * w.firstOutput();
            for (int row = 0; row < rows; row++) {
                kernels.add(bias.segment(), first, y.segment(), y.row(row) + first, w.outputs());
            }
        }
    }

    @Override
    public void addLinear(
            Panels w, float scale, FloatRows x, FloatRows y, int rows, Scratch scratch) {
        long stride = 4L * PANELS * w.matrix().lanes();
        var memory = scratch.atLeast(rows * stride);
        for (int panel = w.from(); panel < w.to(); panel += PANELS) {
            var some = w.matrix().panels(panel, Math.min(panel + PANELS, w.to()));
            long first = 4L * some.firstOutput();
            // Column 0 of the products lies before the buffer, so that the panels at hand fill it.
            var products = new FloatRows(memory, -first, stride);
            kernels.linear(some, x, products, rows);
            for (int row = 0; row < rows; row++) {
                kernels.addScaled(
                        memory,
                        products.row(row) + first,
                        scale,
                        y.segment(),
                        y.row(row) + first,
                        some.outputs());
            }
        }
    }
}
