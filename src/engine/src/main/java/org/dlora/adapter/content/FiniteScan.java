package org.dlora.adapter.content;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.dlora.tensor.Tensor;

/**
 * Search for NaN and infinities: values whose exponent bits are all ones. It works on the bit
 * patterns, in blocks on the heap. There the compiler vectorises the maximum, so the search runs at
 * the speed of memory.
 */
final class FiniteScan {
    private static final int BLOCK = 4096;
    private static final int F32_INFINITY = 0x7f800000;
    private static final int BF16_INFINITY = 0x7f80;
    private static final int F16_INFINITY = 0x7c00;

    private FiniteScan() {}

    /**
     * Returns the index of the first element that is not finite, or -1; the dtype must be servable.
     */
    static long firstNonFinite(Tensor tensor) {
        return switch (tensor.dtype()) {
            case F32 -> scanInts(tensor.data());
            case BF16 -> scanShorts(tensor.data(), BF16_INFINITY);
            case F16 -> scanShorts(tensor.data(), F16_INFINITY);
            default -> throw new IllegalArgumentException(tensor.name() + ": " + tensor.dtype());
        };
    }

    private static long scanInts(MemorySegment data) {
        int[] block = new int[BLOCK];
        long elements = data.byteSize() / Integer.BYTES;
        for (long start = 0; start < elements; start += BLOCK) {
            int n = (int) Math.min(BLOCK, elements - start);
            MemorySegment.copy(
                    data, ValueLayout.JAVA_INT_UNALIGNED, start * Integer.BYTES, block, 0, n);
            if (largestMagnitude(block, n) >= F32_INFINITY) {
                int i = 0;
                while ((block[i] & Integer.MAX_VALUE) < F32_INFINITY) {
                    i++;
                }
                return start + i;
            }
        }
        return -1;
    }

    private static int largestMagnitude(int[] block, int n) {
        int largest = 0;
        for (int i = 0; i < n; i++) {
            largest = Math.max(largest, block[i] & Integer.MAX_VALUE);
        }
        return largest;
    }

    private static long scanShorts(MemorySegment data, int infinity) {
        short[] block = new short[BLOCK];
        long elements = data.byteSize() / Short.BYTES;
        for (long start = 0; start < elements; start += BLOCK) {
            int n = (int) Math.min(BLOCK, elements - start);
            MemorySegment.copy(
                    data, ValueLayout.JAVA_SHORT_UNALIGNED, start * Short.BYTES, block, 0, n);
            if (largestMagnitude(block, n) >= infinity) {
                int i = 0;
                while ((block[i] & Short.MAX_VALUE) < infinity) {
                    i++;
                }
                return start + i;
            }
        }
        return -1;
    }

    private static int largestMagnitude(short[] block, int n) {
        int largest = 0;
        for (int i = 0; i < n; i++) {
            largest = Math.max(largest, block[i] & Short.MAX_VALUE);
        }
        return largest;
    }
}
