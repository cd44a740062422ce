package org.dlora.device.cuda.operations;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.dlora.device.arguments.Arguments.check;

import java.lang.foreign.MemorySegment;
import org.dlora.device.Activations;
import org.dlora.device.Operations;
import org.dlora.device.WeightMatrix;
import org.dlora.device.WeightVector;
import org.dlora.device.arguments.Arguments;
import org.dlora.device.cuda.driver.Stream;
import org.dlora.device.cuda.kernels.CudaRowKernels;
import org.dlora.device.cuda.memory.CudaActivations;
import org.dlora.device.cuda.memory.CudaMatrix;
import org.dlora.device.cuda.memory.CudaVector;

/** The operations that take rows one by one, and the ways of rows to the host. */
final class CudaRows implements AutoCloseable {
    private final Stream stream;
    private final CudaRowKernels kernels;
    private final RowPadding padding;
    private final HostBuffer host;
    private final CudaScratch indices;

    CudaRows(CudaRowKernels kernels, RowPadding padding, Stream stream) {
        this.stream = stream;
        this.kernels = kernels;
        this.padding = padding;
        this.host = new HostBuffer(stream.context());
        this.indices = new CudaScratch(stream);
    }

    void embed(WeightMatrix table, CudaStepRows rows, Activations out) {
        var t = CudaMatrix.of(table);
        var o = CudaActivations.of(out);
        Arguments.rows(rows.count(), o);
        Arguments.width(o, "embedding output", t.columns());
        rows.checkTokens(t.rows());
        kernels.embed(
                t.isBf16(),
                t.address(),
                t.stride(),
                rows.tokens(),
                padding.of(rows.count(), o),
                o.address(),
                o.width());
    }

    void gather(Activations x, CudaStepRows rows, Activations out) {
        var in = CudaActivations.of(x);
        var o = CudaActivations.of(out);
        Arguments.rows(rows.logitRowCount(), o);
        Arguments.width(o, "gathered rows", in.width());
        rows.checkLogitRows(in.rows());
        kernels.gather(
                in.address(),
                rows.logitRows(),
                padding.of(rows.logitRowCount(), o),
                o.address(),
                o.width());
    }

    void rmsNorm(Activations x, int rows, WeightVector weight, float eps, Activations out) {
        var in = CudaActivations.of(x);
        var o = CudaActivations.of(out);
        var w = CudaVector.of(weight);
        Arguments.rows(rows, in, o);
        Arguments.width(in, "x", w.size());
        Arguments.width(o, "out", w.size());
        int count = padding.of(rows, in, o);
        kernels.rmsNorm(in.address(), w.address(), eps, count, o.address(), w.size());
    }

    void addRmsNorm(
            Activations x,
            Activations residual,
            int rows,
            WeightVector weight,
            float eps,
            Activations out) {
        var in = CudaActivations.of(x);
        var sum = CudaActivations.of(residual);
        var o = CudaActivations.of(out);
        var w = CudaVector.of(weight);
        Arguments.rows(rows, in, sum, o);
        Arguments.width(in, "x", w.size());
        Arguments.width(sum, "residual", w.size());
        Arguments.width(o, "out", w.size());
        int count = padding.of(rows, in, sum, o);
        kernels.addRmsNorm(
                in.address(), sum.address(), w.address(), eps, count, o.address(), w.size());
    }

    void headNorm(
            Activations qkv,
            int rows,
            int firstColumn,
            int heads,
            int headDim,
            WeightVector weight,
            float eps) {
        var x = CudaActivations.of(qkv);
        var w = CudaVector.of(weight);
        Arguments.rows(rows, x);
        check(
                w.size() == headDim,
                () -> "head norm of %d: expected %d".formatted(w.size(), headDim));
        check(
                firstColumn >= 0 && firstColumn + heads * headDim <= x.width(),
                () ->
                        "%d heads of %d from column %d on: the rows have width %d"
                                .formatted(heads, headDim, firstColumn, x.width()));
        kernels.headNorm(
                x.address(),
                padding.of(rows, x),
                x.width(),
                firstColumn,
                heads,
                headDim,
                w.address(),
                eps);
    }

    void siluMul(Activations gateUp, int rows, Activations out) {
        var x = CudaActivations.of(gateUp);
        var o = CudaActivations.of(out);
        int n = o.width();
        Arguments.rows(rows, x, o);
        Arguments.width(x, "gate and up", 2 * n);
        kernels.siluMul(x.address(), padding.of(rows, x, o), o.address(), n);
    }

    void read(Activations x, int row, float[] out) {
        var in = CudaActivations.of(x);
        Arguments.index("row", row, in.rows());
        check(
                out.length == in.width(),
                () -> "array of %d: expected %d, a row's width".formatted(out.length, in.width()));
        MemorySegment.copy(read(in, new int[] {row}), JAVA_FLOAT, 0, out, 0, out.length);
    }

    /**
     * Copies rows to the host, and waits for them.
     *
     * @return {@code [rows][width]}, valid until the next call
     */
    MemorySegment read(CudaActivations in, int[] rows) {
        Arguments.indices("row", rows, in.rows());
        long bytes = 4L * in.width();
        var copies = host.of(rows.length * bytes);
        for (int i = 0; i < rows.length; i++) {
            stream.download(in.address(rows[i]), copies.asSlice(i * bytes, bytes));
        }
        stream.await();
        return copies;
    }

    void argMax(Activations x, int[] rows, int[] out) {
        var in = CudaActivations.of(x);
        Arguments.indices("row", rows, in.rows());
        Arguments.oneForEach(rows, out);
        long bytes = 4L * rows.length;
        var copies = host.of(bytes);
        MemorySegment.copy(rows, 0, copies, JAVA_INT, 0, rows.length);
        long chosen = indices.atLeast(2 * bytes);
        stream.upload(copies, chosen);
        kernels.argMax(in.address(), chosen, rows.length, chosen + bytes, in.width());
        stream.download(chosen + bytes, copies);
        stream.await();
        MemorySegment.copy(copies, JAVA_INT, 0, out, 0, out.length);
    }

    void largest(Activations x, int[] rows, int k, int[] out, float[] values) {
        var in = CudaActivations.of(x);
        Arguments.indices("row", rows, in.rows());
        check(
                k >= 1 && k <= Math.min(Operations.MAX_LARGEST, in.width()),
                () ->
                        "the %d largest elements of rows of width %d: expected 1 to %d"
                                .formatted(
                                        k,
                                        in.width(),
                                        Math.min(Operations.MAX_LARGEST, in.width())));
        int count = rows.length * k;
        check(
                out.length == count && values.length == count,
                () ->
                        "arrays of %d and %d: expected %d, %d for each row"
                                .formatted(out.length, values.length, count, k));
        long bytes = 4L * count;
        var copies = host.of(Math.max(4L * rows.length, 2 * bytes));
        MemorySegment.copy(rows, 0, copies, JAVA_INT, 0, rows.length);
        long found = indices.atLeast(2 * bytes + 4L * rows.length);
        long chosen = found + 2 * bytes;
        stream.upload(copies.asSlice(0, 4L * rows.length), chosen);
        kernels.largest(in.address(), chosen, rows.length, in.width(), k, found, found + bytes);
        stream.download(found, copies.asSlice(0, 2 * bytes));
        stream.await();
        MemorySegment.copy(copies, JAVA_INT, 0, out, 0, count);
        MemorySegment.copy(copies, JAVA_FLOAT, bytes, values, 0, count);
    }

    @Override
    public void close() {
        host.close();
        indices.close();
    }
}
