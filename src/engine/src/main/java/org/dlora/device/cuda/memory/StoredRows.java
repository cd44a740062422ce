package org.dlora.device.cuda.memory;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.stream.IntStream;
import org.dlora.device.arguments.MatrixParts;
import org.dlora.device.cuda.memory.Transfers.Source;
import org.dlora.tensor.DType;
import org.dlora.tensor.Tensor;

/**
 * The rows of {@link MatrixParts} as those of one matrix {@code [Σ n_i, stride]}, with zeros behind
 * the last column. Threads share the rows of a large piece.
 */
final class StoredRows implements Source {
    /** Elements below which a hand-off to other threads costs more than it gains. */
    private static final long ALONE = 1 << 16;

    private final MatrixParts parts;
    private final DType storage;
    private final int columns;

    StoredRows(List<Tensor> parts, DType storage) {
        this.parts = new MatrixParts(parts, storage);
        this.storage = storage;
        this.columns = this.parts.columns();
    }

    int rows() {
        return parts.rows();
    }

    int columns() {
        return columns;
    }

    private int rowBytes() {
        return StridedMatrix.stride(columns) * storage.bytes();
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
        var from = parts.row(row);
        var tensor = from.part();
        long first = (long) from.row() * columns;
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
