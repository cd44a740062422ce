package org.dlora.device.cpu.kernels;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.dlora.device.cpu.kernels.Species.FLOATS;
import static org.dlora.device.cpu.kernels.Species.LANES;
import static org.dlora.device.cpu.kernels.Species.ORDER;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * {@link Kernels#argMax} in the Vector API: the largest value first, then where it is. The second
 * look finds the row in the cache, and is cheaper than indices beside the values. {@code 0·x} added
 * up is 0 for finite x and NaN for any other.
 */
final class VectorArgMax {
    private static final int TILE = 4;

    private VectorArgMax() {}

    static int argMax(MemorySegment x, long offset, int n) {
        float largest = largest(x, offset, n);
        return Float.isFinite(largest)
                ? indexOf(largest, x, offset, n)
                : ScalarArgMax.argMax(x, offset, n);
    }

    /** The largest element; NaN if one is not finite. */
    private static float largest(MemorySegment x, long offset, int n) {
        var max0 = FloatVector.broadcast(FLOATS, Float.NEGATIVE_INFINITY);
        var max1 = max0;
        var max2 = max0;
        var max3 = max0;
        var zero = FloatVector.zero(FLOATS);
        var sum0 = zero;
        var sum1 = zero;
        var sum2 = zero;
        var sum3 = zero;
        int i = 0;
        for (; i + TILE * LANES <= n; i += TILE * LANES) {
            var x0 = load(x, offset, i);
            var x1 = load(x, offset, i + LANES);
            var x2 = load(x, offset, i + 2 * LANES);
            var x3 = load(x, offset, i + 3 * LANES);
            max0 = larger(max0, x0);
            max1 = larger(max1, x1);
            max2 = larger(max2, x2);
            max3 = larger(max3, x3);
            sum0 = x0.fma(zero, sum0);
            sum1 = x1.fma(zero, sum1);
            sum2 = x2.fma(zero, sum2);
            sum3 = x3.fma(zero, sum3);
        }
        var max = larger(larger(max0, max1), larger(max2, max3));
        float largest = max.reduceLanes(VectorOperators.MAX);
        float sum = sum0.add(sum1).add(sum2).add(sum3).reduceLanes(VectorOperators.ADD);
        for (; i < n; i++) {
            float value = x.get(JAVA_FLOAT, offset + 4L * i);
            largest = value > largest ? value : largest;
            sum += 0 * value;
        }
        return sum == 0 ? largest : Float.NaN;
    }

    private static int indexOf(float value, MemorySegment x, long offset, int n) {
        int i = 0;
        for (; i + LANES <= n; i += LANES) {
            var equal = load(x, offset, i).eq(value);
            if (equal.anyTrue()) {
                return i + equal.firstTrue();
            }
        }
        while (x.get(JAVA_FLOAT, offset + 4L * i) != value) {
            i++;
        }
        return i;
    }

    /** {@link Kernels#notBelow} for few such elements, as most vectors have none. */
    static int notBelow(MemorySegment x, long offset, int n, float least, int[] out) {
        int count = 0;
        int i = 0;
        for (; i + LANES <= n; i += LANES) {
            var isBelow = load(x, offset, i).lt(least);
            if (!isBelow.allTrue()) {
                for (int lane = 0; lane < LANES; lane++) {
                    if (!isBelow.laneIsSet(lane)) {
                        count = ScalarArgMax.add(i + lane, count, out);
                    }
                }
            }
        }
        return ScalarArgMax.notBelow(x, offset, i, n, least, count, out);
    }

    private static FloatVector larger(FloatVector a, FloatVector b) {
        return a.blend(b, b.compare(VectorOperators.GT, a));
    }

    private static FloatVector load(MemorySegment x, long offset, int i) {
        return FloatVector.fromMemorySegment(FLOATS, x, offset + 4L * i, ORDER);
    }
}
