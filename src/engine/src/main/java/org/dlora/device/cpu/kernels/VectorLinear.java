package org.dlora.device.cpu.kernels;

import java.lang.foreign.MemorySegment;
import org.dlora.device.cpu.matrix.PanelMatrix;
import org.dlora.device.cpu.matrix.Panels;
import org.dlora.device.cpu.memory.FloatRows;
import org.dlora.tensor.DType;

/**
 * Covers rows × panels with tiles. Four rows share the weights in registers. One or two last panels
 * take narrower tiles; fewer than four last rows take a four-row tile that computes the last row
 * again; a row all alone streams one panel after another.
 */
final class VectorLinear {
    /**
     * Sixteen sums and four weights need more than the sixteen registers of AVX2, whose vectors
     * have eight lanes.
     */
    static final int TILE = Species.LANES == 8 ? 2 : 4;

    private VectorLinear() {}

    static void linear(Panels panels, FloatRows x, FloatRows y, int rows) {
        PanelMatrix w = panels.matrix();
        int panel = panels.from();
        if (rows == 1) {
            for (; panel < panels.to(); panel++) {
                single(w, panel, x, y);
            }
        }
        for (; panel + TILE <= panels.to(); panel += TILE) {
            for (int row = 0; row < rows; row += 4) {
                wideTile(w, panel, x, y, row, rows - 1);
            }
        }
        for (; panel < panels.to(); panel++) {
            for (int row = 0; row < rows; row += 4) {
                narrowTile(w, panel, x, y, row, rows - 1);
            }
        }
        if (w.dtype() == DType.BF16 && w.columns() % 2 == 1) {
            lastColumn(panels, x, y, rows);
        }
    }

    private static void wideTile(
            PanelMatrix w, int panel, FloatRows x, FloatRows y, int r0, int last) {
        int r1 = Math.min(r0 + 1, last);
        int r2 = Math.min(r0 + 2, last);
        int r3 = Math.min(r0 + 3, last);
        long bytes = w.panelBytes();
        long w0 = panel * bytes;
        long column = column(panel);
        int k = w.columns();
        MemorySegment ws = w.segment();
        MemorySegment xs = x.segment();
        MemorySegment ys = y.segment();
        long x0 = x.row(r0);
        long x1 = x.row(r1);
        long x2 = x.row(r2);
        long x3 = x.row(r3);
        long y0 = y.row(r0) + column;
        long y1 = y.row(r1) + column;
        long y2 = y.row(r2) + column;
        long y3 = y.row(r3) + column;
        if (w.dtype() == DType.F32) {
            if (TILE == 4) {
                VectorFloatPanels.tile4x4(ws, w0, bytes, k, xs, x0, x1, x2, x3, ys, y0, y1, y2, y3);
            } else {
                VectorFloatPanels.tile4x2(ws, w0, bytes, k, xs, x0, x1, x2, x3, ys, y0, y1, y2, y3);
            }
        } else if (TILE == 4) {
            VectorBfloatPanels.tile4x4(ws, w0, bytes, k, xs, x0, x1, x2, x3, ys, y0, y1, y2, y3);
        } else {
            VectorBfloatPanels.tile4x2(ws, w0, bytes, k, xs, x0, x1, x2, x3, ys, y0, y1, y2, y3);
        }
    }

    private static void narrowTile(
            PanelMatrix w, int panel, FloatRows x, FloatRows y, int r0, int last) {
        int r1 = Math.min(r0 + 1, last);
        int r2 = Math.min(r0 + 2, last);
        int r3 = Math.min(r0 + 3, last);
        long w0 = panel * w.panelBytes();
        long column = column(panel);
        int k = w.columns();
        MemorySegment ws = w.segment();
        MemorySegment xs = x.segment();
        MemorySegment ys = y.segment();
        long x0 = x.row(r0);
        long x1 = x.row(r1);
        long x2 = x.row(r2);
        long x3 = x.row(r3);
        long y0 = y.row(r0) + column;
        long y1 = y.row(r1) + column;
        long y2 = y.row(r2) + column;
        long y3 = y.row(r3) + column;
        if (w.dtype() == DType.F32) {
            VectorFloatPanels.tile4x1(ws, w0, k, xs, x0, x1, x2, x3, ys, y0, y1, y2, y3);
        } else {
            VectorBfloatPanels.tile4x1(ws, w0, k, xs, x0, x1, x2, x3, ys, y0, y1, y2, y3);
        }
    }

    private static void single(PanelMatrix w, int panel, FloatRows x, FloatRows y) {
        long w0 = panel * w.panelBytes();
        long y0 = y.offset() + column(panel);
        if (w.dtype() == DType.F32) {
            VectorFloatPanels.tile1x1(
                    w.segment(), w0, w.columns(), x.segment(), x.offset(), y.segment(), y0);
        } else {
            VectorBfloatPanels.tile1x1(
                    w.segment(), w0, w.columns(), x.segment(), x.offset(), y.segment(), y0);
        }
    }

    private static void lastColumn(Panels panels, FloatRows x, FloatRows y, int rows) {
        PanelMatrix w = panels.matrix();
        for (int panel = panels.from(); panel < panels.to(); panel++) {
            long w0 = panel * w.panelBytes();
            for (int row = 0; row < rows; row++) {
                long y0 = y.row(row) + column(panel);
                VectorBfloatPanels.lastColumn(
                        w.segment(), w0, w.columns() - 1, x.segment(), x.row(row), y.segment(), y0);
            }
        }
    }

    /** Byte offset in a row of y of a panel's first output. */
    private static long column(int panel) {
        return 4L * panel * Species.LANES;
    }
}
