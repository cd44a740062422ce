package org.dlora.device.cpu.kernels;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.MemorySegment;

/** {@link Kernels#argMax} and {@link Kernels#notBelow} element by element. */
final class ScalarArgMax {
    private ScalarArgMax() {}

    static int argMax(MemorySegment x, long offset, int n) {
        int best = 0;
        float largest = Float.NEGATIVE_INFINITY;
        for (int i = 0; i < n; i++) {
            float value = x.get(JAVA_FLOAT, offset + 4L * i);
            if (!Float.isFinite(value)) {
                return -1 - i;
            }
            if (value > largest) {
                largest = value;
                best = i;
            }
        }
        return best;
    }

    static int notBelow(MemorySegment x, long offset, int n, float least, int[] out) {
        return notBelow(x, offset, 0, n, least, 0, out);
    }

    /** Goes on at element {@code from}, {@code count} elements having been found. */
    static int notBelow(
            MemorySegment x, long offset, int from, int n, float least, int count, int[] out) {
        int found = count;
        for (int i = from; i < n; i++) {
            if (!(x.get(JAVA_FLOAT, offset + 4L * i) < least)) {
                found = add(i, found, out);
            }
        }
        return found;
    }

    static int add(int index, int count, int[] out) {
        if (count < out.length) {
            out[count] = index;
        }
        return count + 1;
    }
}
