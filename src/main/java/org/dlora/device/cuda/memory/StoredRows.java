package org.dlora.device.cuda.memory;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.stream.IntStream;
import org.dlora.device.cuda.memory.Transfers.Source;
import org.dlora.tensor.DType;
import org.dlora.tensor.Tensor;

/**
 * Row-major tensors {@code [n_i, k]} as the rows of one matrix {@code [Σ n_i, stride]}, with zeros
 * behind the last column. Threads share the rows of a large piece.
 */
final class StoredRows implements Source {
    /** Elements below which a hand-off to other threads costs more than it gains. */
    private static final long ALONE = 1 << 16;

    private final List<Tensor> parts;
    private final DType storage;
    private final int columns;

    /** Row of the stack that each part begins at, and the number of all rows. */
    private final int[] starts;

    StoredRows(List<Tensor> parts, DType storage) {
        if (parts.isEmpty()) {
            throw new IllegalArgumentException(
                    "matrix of no parts: expected at least one tensor [n, k]");
        }
        CudaMatrix.checkStorage("matrix storage", storage);
        this.parts = List.copyOf(parts);
        this.storage = storage;
        parts.forEach(part -> check(part, parts.getFirst()));
        this.columns = parts.getFirst().size(1);
        this.starts = new int[parts.size() + 1];
        for (int i = 0; i < parts.size(); i++) {
            starts[i + 1] = Math.addExact(starts[i], parts.get(i).size(0));
        }
    }

    private void check(Tensor part, Tensor first) {
        if (part.shape().size() != 2
                || !part.shape().get(1).equals(first.shape().getLast())
                || part.elements() == 0) {
            throw new IllegalArgumentException(
                    "matrix part %s has shape %s: expected [n, k], neither 0, with the same k as %s %s"
                            .formatted(part.name(), part.shape(), first.name(), first.shape()));
        }
        if (!part.dtype().isServable()) {
            throw new IllegalArgumentException(
                    "matrix part %s has dtype %s: expected F32, F16 or BF16"
                            .formatted(part.name(), part.dtype()));
        }
        if (part.dtype() == DType.F16 && storage == DType.BF16) {
            throw new IllegalArgumentException(
                    "matrix part %s is F16 and would lose three of its ten fraction bits in BF16: store it as F32"
                            .formatted(part.name()));
        }
    }

    int rows() {
        return starts[parts.size()];
    }

    int columns() {
        return columns;
    }

    private int rowBytes() {
        return CudaMatrix.stride(columns) * storage.bytes();
    }

    @Override
    public void write(long at, MemorySegment to) {
        int first = Math.toIntExact(at / rowBytes());
        int count = Math.toIntExact(to.byteSize() / rowBytes());
        var rows = IntStream.range(0, count);
        ((long) count * columns < ALONE ? rows : rows.parallel())
                .forEach(row -> write(first + row, to, (long) row * rowBytes()));
    }

    private void write(int row, MemorySegment to, long at) {
        int part = 0;
        while (row >= starts[part + 1]) {
            part++;
        }
        var tensor = parts.get(part);
        long first = (long) (row - starts[part]) * columns;
        long bytes = (long) columns * storage.bytes();
        if (tensor.dtype() == storage) {
            MemorySegment.copy(tensor.data(), first * storage.bytes(), to, at, bytes);
        } else {
            var values = new float[columns];
            tensor.read(first, values, columns);
            if (storage == DType.F32) {
                MemorySegment.copy(values, 0, to, JAVA_FLOAT, at, columns);
            } else {
                MemorySegment.copy(rounded(values), 0, to, JAVA_SHORT, at, columns);
            }
        }
        to.asSlice(at + bytes, rowBytes() - bytes).fill((byte) 0);
    }

    /** Rounds to nearest even. NaN stays NaN. */
    private static short[] rounded(float[] values) {
        var rounded = new short[values.length];
        for (int i = 0; i < values.length; i++) {
            int bits = Float.floatToRawIntBits(values[i]);
            rounded[i] =
                    (short)
                            (Float.isNaN(values[i])
                                    ? bits >>> 16 | 0x40
                                    : (bits + 0x7fff + (bits >>> 16 & 1)) >>> 16);
        }
        return rounded;
    }
}
