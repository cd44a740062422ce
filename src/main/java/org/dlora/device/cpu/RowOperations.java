package org.dlora.device.cpu;

import static org.dlora.device.cpu.Arguments.buffer;
import static org.dlora.device.cpu.Arguments.check;

import java.lang.foreign.MemorySegment;
import org.dlora.device.Activations;
import org.dlora.device.RowUse;
import org.dlora.device.WeightMatrix;
import org.dlora.device.WeightVector;

/** The operations that compute each row by itself, on the workers of a {@link Crew}. */
final class RowOperations {
    private final Kernels elementKernels;
    private final RowKernels kernels;
    private final Crew crew;
    private final RowCopies copies;

    RowOperations(KernelChoice choice, Crew crew) {
        this.elementKernels = choice.kernels();
        this.kernels = choice.rows();
        this.crew = crew;
        this.copies = new RowCopies(crew.size());
    }

    void embed(WeightMatrix table, int[] tokens, Activations out) {
        PanelMatrix t = Arguments.matrix(table);
        CpuActivations o = buffer(out);
        Arguments.rows(tokens.length, o);
        Arguments.width(o, "embedding output", t.columns());
        for (int token : tokens) {
            Arguments.index("token", token, t.rows());
        }
        crew.splitRows(
                tokens.length,
                t.columns(),
                (_, from, to) -> {
                    for (int row = from; row < to; row++) {
                        t.copyRow(tokens[row], o.segment(), o.offset(row));
                    }
                });
    }

    void rmsNorm(Activations x, int rows, WeightVector weight, float eps, Activations out) {
        CpuActivations in = buffer(x);
        CpuActivations o = buffer(out);
        CpuVector w = Arguments.vector(weight);
        Arguments.rows(rows, in, o);
        Arguments.width(in, "x", w.size());
        Arguments.width(o, "out", w.size());
        crew.splitRows(
                rows,
                w.size(),
                (_, from, to) ->
                        kernels.rmsNorm(
                                in.rowsFrom(from, 0), w, eps, o.rowsFrom(from, 0), to - from));
    }

    void addRmsNorm(
            Activations x,
            Activations residual,
            int rows,
            WeightVector weight,
            float eps,
            Activations out) {
        CpuActivations in = buffer(x);
        CpuActivations sum = buffer(residual);
        CpuActivations o = buffer(out);
        CpuVector w = Arguments.vector(weight);
        Arguments.rows(rows, in, sum, o);
        Arguments.width(in, "x", w.size());
        Arguments.width(sum, "residual", w.size());
        Arguments.width(o, "out", w.size());
        crew.splitRows(
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

    void headNorm(
            Activations qkv,
            int rows,
            int firstColumn,
            int heads,
            int headDim,
            WeightVector weight,
            float eps) {
        CpuActivations x = buffer(qkv);
        CpuVector w = Arguments.vector(weight);
        Arguments.rows(rows, x);
        check(
                w.size() == headDim,
                () -> "head norm of %d: expected %d".formatted(w.size(), headDim));
        check(
                firstColumn >= 0 && firstColumn + heads * headDim <= x.width(),
                () ->
                        "%d heads of %d from column %d on: the rows have width %d"
                                .formatted(heads, headDim, firstColumn, x.width()));
        crew.splitRows(
                rows,
                heads * headDim,
                (_, from, to) ->
                        kernels.headNorm(x.rowsFrom(from, firstColumn), w, eps, to - from, heads));
    }

    void siluMul(Activations gateUp, int rows, Activations out) {
        CpuActivations x = buffer(gateUp);
        CpuActivations o = buffer(out);
        int n = o.width();
        Arguments.rows(rows, x, o);
        Arguments.width(x, "gate and up", 2 * n);
        crew.splitRows(
                rows,
                2 * n,
                (_, from, to) ->
                        kernels.siluMul(x.rowsFrom(from, 0), o.rowsFrom(from, 0), to - from, n));
    }

    void gather(Activations x, int[] rows, Activations out) {
        CpuActivations in = buffer(x);
        CpuActivations o = buffer(out);
        Arguments.rows(rows.length, o);
        Arguments.width(o, "gathered rows", in.width());
        for (int i = 0; i < rows.length; i++) {
            Arguments.index("row", rows[i], in.rows());
            MemorySegment.copy(
                    in.segment(), in.offset(rows[i]), o.segment(), o.offset(i), 4L * in.width());
        }
    }

    void argMax(Activations x, int[] rows, int[] out) {
        CpuActivations in = buffer(x);
        Arguments.indices("row", rows, in.rows());
        check(
                out.length == rows.length,
                () ->
                        "array of %d: expected %d, one for each row"
                                .formatted(out.length, rows.length));
        crew.splitRows(
                rows.length,
                in.width(),
                (_, from, to) -> {
                    for (int i = from; i < to; i++) {
                        out[i] =
                                elementKernels.argMax(in.segment(), in.offset(rows[i]), in.width());
                    }
                });
    }

    void forEachRow(Activations x, int[] rows, RowUse use) {
        CpuActivations in = buffer(x);
        Arguments.indices("row", rows, in.rows());
        crew.claimRows(
                rows.length,
                in.width(),
                (member, unit) -> use.accept(unit, copies.read(member, in, rows[unit])));
    }
}
