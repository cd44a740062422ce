package org.dlora.device.cpu;

import java.lang.foreign.MemorySegment;
import org.dlora.device.LoraTerm.LowRank;
import org.dlora.device.LoraTerm.Shift;
import org.dlora.device.WeightVector;
import org.dlora.device.cpu.Kernels.Rows;

/** The second half of a low-rank term for a few rows: from A·x to y. */
final class Expansion {
    /**
     * Panels of B whose outputs are computed before they are added to y, so that they stay in the
     * L1 cache.
     */
    private static final int PANELS = 8;

    private final Kernels kernels;
    private final LowRank term;
    private final int rows;
    private final long expandedOffset;
    private final long expandedStride;
    private final MemorySegment memory;
    private final Rows shrunk;

    Expansion(Kernels kernels, LowRank term, int rows, Scratch scratch) {
        this.kernels = kernels;
        this.term = term;
        this.rows = rows;
        int lanes = kernels.lanes();
        long shrunkStride = 4L * Arguments.matrix(term.a()).panels() * lanes;
        this.expandedOffset = rows * shrunkStride;
        this.expandedStride = 4L * PANELS * lanes;
        this.memory = scratch.atLeast(expandedOffset + rows * expandedStride);
        this.shrunk = new Rows(memory, 0, shrunkStride);
    }

    /** Where A·x belongs, {@code [rows, r]} with room for whole panels of A. */
    Rows shrunk() {
        return shrunk;
    }

    /** Applies the term to the rows of {@code y} from {@code firstRow} on. */
    void apply(CpuActivations y, int firstRow) {
        var b = Arguments.matrix(term.b());
        int lanes = kernels.lanes();
        for (int row = 0; row < rows; row++) {
            kernels.scale(memory, shrunk.row(row), b.columns(), term.scale());
        }
        for (int panel = 0; panel < b.panels(); panel += PANELS) {
            int end = Math.min(panel + PANELS, b.panels());
            // Column 0 of the expanded rows lies before the buffer, so that the panels at hand fill
            // it.
            var expanded = new Rows(memory, expandedOffset - 4L * panel * lanes, expandedStride);
            kernels.linear(b, panel, end, shrunk, expanded, rows);
            int first = panel * lanes;
            int n = Math.min(end * lanes, b.rows()) - first;
            for (int row = 0; row < rows; row++) {
                long to = y.offset(firstRow + row) + 4L * (term.firstOutput() + first);
                kernels.add(memory, expanded.row(row) + 4L * first, y.segment(), to, n);
                if (term.gain().isPresent()) {
                    var gain = values(term.gain().get());
                    kernels.multiply(gain, 4L * first, y.segment(), to, n);
                }
                if (term.shift().isPresent()) {
                    kernels.add(values(term.shift().get()), 4L * first, y.segment(), to, n);
                }
            }
        }
    }

    static void shift(Kernels kernels, Shift term, CpuActivations y, int firstRow, int rows) {
        for (int row = firstRow; row < firstRow + rows; row++) {
            long to = y.offset(row) + 4L * term.firstOutput();
            kernels.add(values(term.vector()), 0, y.segment(), to, term.vector().size());
        }
    }

    private static MemorySegment values(WeightVector vector) {
        return Arguments.vector(vector).segment();
    }
}
