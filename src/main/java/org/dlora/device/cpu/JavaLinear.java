package org.dlora.device.cpu;

import org.dlora.device.cpu.Kernels.Rows;
import org.jspecify.annotations.Nullable;

/** {@link LinearKernels} in Java: float32 throughout, k ascending through fused multiply-adds. */
final class JavaLinear implements LinearKernels {
    /**
     * Panels whose products are computed before they are added to y, so that they stay in the L1
     * cache.
     */
    private static final int PANELS = 8;

    private final Kernels kernels;

    JavaLinear(Kernels kernels) {
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
    public void linear(
            PanelMatrix w,
            int fromPanel,
            int toPanel,
            Rows x,
            Rows y,
            int rows,
            @Nullable CpuVector bias) {
        kernels.linear(w, fromPanel, toPanel, x, y, rows);
        if (bias != null) {
            long first = 4L * fromPanel * w.lanes();
            int n = Math.min(toPanel * w.lanes(), w.rows()) - fromPanel * w.lanes();
            for (int row = 0; row < rows; row++) {
                kernels.add(bias.segment(), first, y.segment(), y.row(row) + first, n);
            }
        }
    }

    @Override
    public void addLinear(
            PanelMatrix w,
            int fromPanel,
            int toPanel,
            float scale,
            Rows x,
            Rows y,
            int rows,
            Scratch scratch) {
        int lanes = w.lanes();
        long stride = 4L * PANELS * lanes;
        var memory = scratch.atLeast(rows * stride);
        for (int panel = fromPanel; panel < toPanel; panel += PANELS) {
            int end = Math.min(panel + PANELS, toPanel);
            long first = 4L * panel * lanes;
            // Column 0 of the products lies before the buffer, so that the panels at hand fill it.
            var products = new Rows(memory, -first, stride);
            kernels.linear(w, panel, end, x, products, rows);
            int n = Math.min(end * lanes, w.rows()) - panel * lanes;
            for (int row = 0; row < rows; row++) {
                kernels.addScaled(
                        memory,
                        products.row(row) + first,
                        scale,
                        y.segment(),
                        y.row(row) + first,
                        n);
            }
        }
    }
}
