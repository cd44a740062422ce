package org.dlora.device.cpu.matrix;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import org.dlora.device.cpu.memory.Bfloat16;
import org.dlora.tensor.DType;
import org.dlora.tensor.Tensor;

/**
 * Reader of tensor rows as the 32-bit words that panels consist of. A word is a float32, or two
 * bfloat16 with the even column in the lower half. Each thread has an instance of its own.
 *
 * <p>A row is copied whole into an array and worked on there. Most of a model is packed before the
 * JIT compilers have got to this code. Until then an access to a segment costs a hundred times an
 * access to an array, and a copy is fast.
 */
final class RowWords {
    private final DType storage;
    private final int columns;
    private final int words;
    private final float[] values;

    RowWords(DType storage, int columns) {
        this.storage = storage;
        this.columns = columns;
        this.words = storage == DType.F32 ? columns : Math.ceilDiv(columns, 2);
        this.values = new float[columns];
    }

    /** Words of a row. */
    int words() {
        return words;
    }

    /** Writes row {@code row} of {@code part} to {@code out} from index {@code at} on. */
    void read(Tensor part, int row, int[] out, int at) {
        long first = (long) row * columns;
        if (part.dtype() != storage) {
            part.read(first, values, columns);
            convert(out, at);
        } else if (storage == DType.F32) {
            MemorySegment.copy(part.data(), JAVA_INT_UNALIGNED, first * 4, out, at, columns);
        } else {
            int pairs = columns / 2;
            MemorySegment.copy(part.data(), JAVA_INT_UNALIGNED, first * 2, out, at, pairs);
            if (pairs < words) {
                short last = part.data().get(JAVA_SHORT_UNALIGNED, (first + columns - 1) * 2);
                out[at + pairs] = Short.toUnsignedInt(last);
            }
        }
    }

    private void convert(int[] out, int at) {
        if (storage == DType.F32) {
            for (int i = 0; i < columns; i++) {
                out[at + i] = Float.floatToRawIntBits(values[i]);
            }
        } else {
            for (int i = 0; i < words; i++) {
                int even = Short.toUnsignedInt(Bfloat16.round(values[2 * i]));
                int odd = 2 * i + 1 < columns ? Bfloat16.round(values[2 * i + 1]) : 0;
                out[at + i] = odd << 16 | even;
            }
        }
    }
}
