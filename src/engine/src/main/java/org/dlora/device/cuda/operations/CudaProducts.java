package org.dlora.device.cuda.operations;

import static org.dlora.device.arguments.Arguments.check;

import java.util.Optional;
import org.dlora.device.Activations;
import org.dlora.device.WeightMatrix;
import org.dlora.device.WeightVector;
import org.dlora.device.arguments.Arguments;
import org.dlora.device.cuda.kernels.CudaLinearKernels;
import org.dlora.device.cuda.memory.CudaActivations;
import org.dlora.device.cuda.memory.CudaMatrix;
import org.dlora.device.cuda.memory.CudaVector;

/**
 * Products of rows with a matrix: in float32 with float32 matrices, on tensor cores with bfloat16
 * ones, for which the rows are rounded.
 */
final class CudaProducts {
    private final CudaLinearKernels kernels;
    private final RoundedRows rounded;
    private final RowPadding padding;

    CudaProducts(CudaLinearKernels kernels, RoundedRows rounded, RowPadding padding) {
        this.kernels = kernels;
        this.rounded = rounded;
        this.padding = padding;
    }

    void linear(
            WeightMatrix weight,
            Optional<WeightVector> bias,
            Activations x,
            int rows,
            Activations y) {
        var w = CudaMatrix.of(weight);
        var in = CudaActivations.of(x);
        var out = CudaActivations.of(y);
        var b = bias.map(CudaVector::of);
        Arguments.rows(rows, in, out);
        Arguments.width(in, "x", w.columns());
        Arguments.width(out, "y", w.rows());
        b.ifPresent(v ->
                check(
                        v.size() == w.rows(),
                        () -> "bias of %d: expected %d".formatted(v.size(), w.rows())));
        multiply(w, b.map(CudaVector::address).orElse(0L), in, 0, padding.of(rows, in, out), out);
    }

    /** Computes rows {@code from .. to} of y, whose arguments were checked. */
    void multiply(CudaMatrix w, long bias, CudaActivations x, int from, int to, CudaActivations y) {
        int rows = to - from;
        long out = y.address(from);
        if (w.isBf16()) {
            long in = rounded.of(x, from, to) + 2L * from * RoundedRows.stride(x);
            kernels.bf16(in, w.address(), w.stride(), bias, out, rows, w.rows(), w.columns());
        } else {
            kernels.f32(
                    x.address(from),
                    w.address(),
                    w.stride(),
                    bias,
                    out,
                    rows,
                    w.rows(),
                    w.columns());
        }
    }
}
