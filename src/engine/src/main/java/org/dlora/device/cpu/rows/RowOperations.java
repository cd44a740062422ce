package org.dlora.device.cpu.rows;

import static org.dlora.device.arguments.Arguments.check;

import java.lang.foreign.MemorySegment;
import org.dlora.device.Activations;
import org.dlora.device.RowUse;
import org.dlora.device.WeightMatrix;
import org.dlora.device.WeightVector;
import org.dlora.device.arguments.Arguments;
import org.dlora.device.cpu.kernels.Kernels;
import org.dlora.device.cpu.matrix.PanelMatrix;
import org.dlora.device.cpu.memory.CpuActivations;
import org.dlora.device.cpu.memory.CpuVector;
import org.dlora.device.cpu.threads.Workers;

/**
 * The row-wise operations of the CPU device, cut for the workers of a {@link Workers}. It checks
 * the arguments and calls a kernel for the rows of each worker.
 */
public final class RowOperations {
    private final Kernels elementKernels;
    private final RowKernels kernels;
    private final Workers workers;
    private final RowCopies copies;

    public RowOperations(Kernels elementKernels, RowKernels kernels, Workers workers) {
        this.elementKernels = elementKernels;
        this.kernels = kernels;
        this.workers = workers;
        this.copies = new RowCopies(workers.size());
    }

    public void embed(WeightMatrix table, int[] tokens, Activations out) {
        PanelMatrix t = PanelMatrix.of(table);
        CpuActivations o = CpuActivations.of(out);
        Arguments.rows(tokens.length, o);
        Arguments.width(o, "embedding output", t.columns());
        for (int token : tokens) {
            Arguments.index("token", token, t.rows());
        }
        workers.pipelineRows(
                tokens.length,
                t.columns(),
                (_, from, to) -> {
                    for (int row = from; row < to; row++) {
                        t.copyRow(tokens[row], o.segment(), o.offset(row));
                    }
                });
    }

    public void rmsNorm(Activations x, int rows, WeightVector weight, float eps, Activations out) {
        CpuActivations in = CpuActivations.of(x);
        CpuActivations o = CpuActivations.of(out);
        CpuVector w = CpuVector.of(weight);
        Arguments.rows(rows, in, o);
        Arguments.width(in, "x", w.size());
        Arguments.width(o, "out", w.size());
        workers.pipelineRows(
                rows,
                w.size(),
                (_, from, to) ->
                        kernels.rmsNorm(
                                in.rowsFrom(from, 0), w, eps, o.rowsFrom(from, 0), to - from));
    }

    public void addRmsNorm(
            Activations x,
            Activations residual,
            int rows,
            WeightVector weight,
            float eps,
            Activations out) {
        CpuActivations in = CpuActivations.of(x);
        CpuActivations sum = CpuActivations.of(residual);
        CpuActivations o = CpuActivations.of(out);
        CpuVector w = CpuVector.of(weight);
        Arguments.rows(rows, in, sum, o);
        Arguments.width(in, "x", w.size());
        Arguments.width(sum, "residual", w.size());
        Arguments.width(o, "out", w.size());
        workers.pipelineRows(
                rows,
                2 * w.size(),
                (_, from, to) ->
                        kernels.addRmsNorm(
                                in.rowsFrom(from, 0),
                                sum.rowsFrom(from, 0),
                                w,
                                eps,
                                o.rowsFrom(from, 0),
                                to - from));
    }

    public void headNorm(
            Activations qkv,
            int rows,
            int firstColumn,
            int heads,
            int headDim,
            WeightVector weight,
            float eps) {
        CpuActivations x = CpuActivations.of(qkv);
        CpuVector w = CpuVector.of(weight);
        Arguments.rows(rows, x);
        check(
                w.size() == headDim,
                () -> "head norm of %d: expected %d".formatted(w.size(), headDim));
        check(
                firstColumn >= 0 && firstColumn + heads * headDim <= x.width(),
                () ->
                        "%d heads of %d from column %d on: the rows have width %d"
                                .formatted(heads, headDim, firstColumn, x.width()));
        workers.pipelineRows(
                rows,
                heads * headDim,
                (_, from, to) ->
                        kernels.headNorm(x.rowsFrom(from, firstColumn), w, eps, to - from, heads));
    }

    public void siluMul(Activations gateUp, int rows, Activations out) {
        CpuActivations x = CpuActivations.of(gateUp);
        CpuActivations o = CpuActivations.of(out);
        int n = o.width();
        Arguments.rows(rows, x, o);
        Arguments.width(x, "gate and up", 2 * n);
        workers.pipelineRows(
                rows,
                2 * n,
                (_, from, to) ->
                        kernels.siluMul(x.rowsFrom(from, 0), o.rowsFrom(from, 0), to - from, n));
    }

    public void gather(Activations x, int[] rows, Activations out) {
        CpuActivations in = CpuActivations.of(x);
        CpuActivations o = CpuActivations.of(out);
        Arguments.rows(rows.length, o);
        Arguments.width(o, "gathered rows", in.width());
        workers.await();
        for (int i = 0; i < rows.length; i++) {
            Arguments.index("row", rows[i], in.rows());
            MemorySegment.copy(
                    in.segment(), in.offset(rows[i]), o.segment(), o.offset(i), 4L * in.width());
        }
    }

    public void argMax(Activations x, int[] rows, int[] out) {
        CpuActivations in = CpuActivations.of(x);
        Arguments.indices("row", rows, in.rows());
        Arguments.oneForEach(rows, out);
        workers.forRowChunks(
                rows.length,
                in.width(),
                (_, from, to) -> {
                    for (int i = from; i < to; i++) {
                        out[i] =
                                elementKernels.argMax(in.segment(), in.offset(rows[i]), in.width());
                    }
                });
    }

    public void forEachRow(Activations x, int[] rows, RowUse use) {
        CpuActivations in = CpuActivations.of(x);
        Arguments.indices("row", rows, in.rows());
        workers.forRows(
                rows.length,
                in.width(),
                (worker, unit) -> use.accept(unit, copies.read(worker, in, rows[unit])));
    }
}
