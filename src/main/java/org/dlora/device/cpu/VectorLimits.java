package org.dlora.device.cpu;

import static org.dlora.device.cpu.Species.FLOATS;
import static org.dlora.device.cpu.Species.INTS;
import static org.dlora.device.cpu.Species.LANES;
import static org.dlora.device.cpu.Species.ORDER;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** The loops of the limits that the Vector API can reach. */
final class VectorLimits {
    private static final long STEP = 4L * LANES;

    /** Vectors read in a turn of the loop. */
    private static final int READS = 8;

    /** Independent sums: more than a multiply-add takes cycles, times the units that do them. */
    private static final int SUMS = 12;

    private static final int TURNS = 1 << 17;
    private static final int REPEATS = 8;

    private VectorLimits() {}

    /**
     * Reads a part of {@code memory} once from end to end.
     *
     * @param parts equal parts that {@code memory} is cut into, one a member; must be far larger
     *     than the caches
     */
    static LimitLoop read(MemorySegment memory, int parts) {
        long turn = READS * STEP;
        long part = memory.byteSize() / parts / turn * turn;
        var sink = new int[parts];
        return member -> {
            sink[member] = read(memory, member * part, (member + 1) * part);
            return part;
        };
    }

    /** Multiply-adds on registers; counts two operations each. */
    static LimitLoop multiplyAdd(int members) {
        var sink = new float[members];
        return member -> {
            for (int i = 0; i < REPEATS; i++) {
                sink[member] += multiplyAdd(1 + i * 1e-9f);
            }
            return 2.0 * SUMS * LANES * TURNS * REPEATS;
        };
    }

    private static int read(MemorySegment m, long from, long to) {
        IntVector zero = IntVector.zero(INTS);
        IntVector s0 = zero, s1 = zero, s2 = zero, s3 = zero;
        for (long i = from; i < to; i += READS * STEP) {
            IntVector a0 = IntVector.fromMemorySegment(INTS, m, i, ORDER);
            IntVector a1 = IntVector.fromMemorySegment(INTS, m, i + STEP, ORDER);
            IntVector a2 = IntVector.fromMemorySegment(INTS, m, i + 2 * STEP, ORDER);
            IntVector a3 = IntVector.fromMemorySegment(INTS, m, i + 3 * STEP, ORDER);
            IntVector a4 = IntVector.fromMemorySegment(INTS, m, i + 4 * STEP, ORDER);
            IntVector a5 = IntVector.fromMemorySegment(INTS, m, i + 5 * STEP, ORDER);
            IntVector a6 = IntVector.fromMemorySegment(INTS, m, i + 6 * STEP, ORDER);
            IntVector a7 = IntVector.fromMemorySegment(INTS, m, i + 7 * STEP, ORDER);
            s0 = s0.add(a0).add(a4);
            s1 = s1.add(a1).add(a5);
            s2 = s2.add(a2).add(a6);
            s3 = s3.add(a3).add(a7);
        }
        return s0.add(s1).add(s2.add(s3)).reduceLanes(VectorOperators.ADD);
    }

    private static float multiplyAdd(float factor) {
        FloatVector x = FloatVector.broadcast(FLOATS, factor);
        FloatVector y = FloatVector.broadcast(FLOATS, 1e-9f);
        FloatVector s0 = y, s1 = y, s2 = y, s3 = y, s4 = y, s5 = y;
        FloatVector s6 = y, s7 = y, s8 = y, s9 = y, s10 = y, s11 = y;
        for (int i = 0; i < TURNS; i++) {
            s0 = s0.fma(x, y);
            s1 = s1.fma(x, y);
            s2 = s2.fma(x, y);
            s3 = s3.fma(x, y);
            s4 = s4.fma(x, y);
            s5 = s5.fma(x, y);
            s6 = s6.fma(x, y);
            s7 = s7.fma(x, y);
            s8 = s8.fma(x, y);
            s9 = s9.fma(x, y);
            s10 = s10.fma(x, y);
            s11 = s11.fma(x, y);
        }
        return s0.add(s1)
                .add(s2.add(s3))
                .add(s4.add(s5).add(s6.add(s7)))
                .add(s8.add(s9).add(s10.add(s11)))
                .reduceLanes(VectorOperators.ADD);
    }
}
