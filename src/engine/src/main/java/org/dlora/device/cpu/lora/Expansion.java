package org.dlora.device.cpu.lora;

import java.lang.foreign.MemorySegment;
import org.dlora.device.LoraTerm.Affine;
import org.dlora.device.LoraTerm.LowRank;
import org.dlora.device.LoraTerm.Shift;
import org.dlora.device.WeightVector;
import org.dlora.device.cpu.kernels.Kernels;
import org.dlora.device.cpu.linear.LinearKernels;
import org.dlora.device.cpu.matrix.Panels;
import org.dlora.device.cpu.memory.CpuActivations;
import org.dlora.device.cpu.memory.CpuVector;
import org.dlora.device.cpu.memory.FloatRows;
import org.dlora.device.cpu.memory.Scratch;

/**
 * The last phase of LoRA terms at a linear layer: it applies them to the layer's outputs y. For a
 * low-rank term that is the expand, which needs A·x of the rows.
 */
final class Expansion {
    private final Kernels kernels;
    private final LinearKernels linear;
    private final CpuActivations y;

    Expansion(Kernels kernels, LinearKernels linear, CpuActivations y) {
        this.kernels = kernels;
        this.linear = linear;
        this.y = y;
    }

    /**
     * The outputs of some panels of B.
     *
     * @param shrunk A·x of the rows {@code firstRow .. firstRow + rows} of y
     */
    void apply(LowRank term, Panels b, FloatRows shrunk, int firstRow, int rows, Scratch scratch) {
        var out = y.rowsFrom(firstRow, term.firstOutput());
        linear.addLinear(b, term.scale(), shrunk, out, rows, scratch);
        int first = b.firstOutput();
        int n = b.outputs();
        for (int row = firstRow; row < firstRow + rows; row++) {
            long to = y.offset(row) + 4L * (term.firstOutput() + first);
            if (term.gain().isPresent()) {
                kernels.multiply(values(term.gain().get()), 4L * first, y.segment(), to, n);
            }
            if (term.shift().isPresent()) {
                kernels.add(values(term.shift().get()), 4L * first, y.segment(), to, n);
            }
        }
    }

    /** The outputs {@code from .. to} of the term's. */
    void apply(Shift term, int from, int to, int firstRow, int rows) {
        for (int row = firstRow; row < firstRow + rows; row++) {
            long at = y.offset(row) + 4L * (term.firstOutput() + from);
            kernels.add(values(term.vector()), 4L * from, y.segment(), at, to - from);
        }
    }

    /** The outputs {@code from .. to} of the term's. */
    void apply(Affine term, int from, int to, int firstRow, int rows) {
        for (int row = firstRow; row < firstRow + rows; row++) {
            long at = y.offset(row) + 4L * (term.firstOutput() + from);
            kernels.multiply(values(term.gain()), 4L * from, y.segment(), at, to - from);
            if (term.shift().isPresent()) {
                kernels.add(values(term.shift().get()), 4L * from, y.segment(), at, to - from);
            }
        }
    }

    private static MemorySegment values(WeightVector vector) {
        return CpuVector.of(vector).segment();
    }
}
