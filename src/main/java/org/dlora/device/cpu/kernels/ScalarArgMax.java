package org.dlora.device.cpu.kernels;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.MemorySegment;

/** {@link Kernels#argMax} element by element. */
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
}
