package org.dlora.device.cpu.limits;

import static org.dlora.device.cpu.kernels.Species.FLOATS;
import static org.dlora.device.cpu.kernels.Species.INTS;
import static org.dlora.device.cpu.kernels.Species.LANES;
import static org.dlora.device.cpu.kernels.Species.ORDER;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** The loops of the limits that the Vector API can reach. */
final class VectorLimits {
    private static final long STEP = 4L * LANES;

    private static final int STREAMS = 2;

    /** Vectors of a stream read in a turn of the loop. */
    private static final int STREAM_READS = 2;

    /** Independent sums: more than a multiply-add takes cycles, times the units that do them. */
    private static final int SUMS = 12;

    private static final int TURNS = 1 << 17;
    private static final int REPEATS = 8;

    private VectorLimits() {}

    /**
     * Reads a part of {@code memory} once.
     *
     * @param parts equal parts that {@code memory} is cut into, one a worker
     */
    static LimitLoop read(MemorySegment memory, int parts) {
        long turn = STREAMS * STREAM_READS * STEP;
        long part = memory.byteSize() / parts / turn * turn;
        var sink = new int[parts];
        return worker -> {
            sink[worker] = read(memory, worker * part, part / STREAMS);
            return part;
        };
    }

    /** Multiply-adds on registers; counts two operations each. */
    static LimitLoop multiplyAdd(int workers) {
        var sink = new float[workers];
        return worker -> {
            for (int i = 0; i < REPEATS; i++) {
                sink[worker] += multiplyAdd(1 + i * 1e-9f);
            }
            return 2.0 * SUMS * LANES * TURNS * REPEATS;
        };
    }

    /** Reads two runs of {@code bytes} side by side, which keeps more prefetchers busy than one. */
    private static int read(MemorySegment m, long from, long bytes) {
        IntVector zero = IntVector.zero(INTS);
        IntVector s0 = zero, s1 = zero, s2 = zero, s3 = zero;
        for (long i = from; i < from + bytes; i += STREAM_READS * STEP) {
            long j = i + bytes;
            IntVector a0 = IntVector.fromMemorySegment(INTS, m, i, ORDER);
            IntVector a1 = IntVector.fromMemorySegment(INTS, m, i + STEP, ORDER);
            IntVector b0 = IntVector.fromMemorySegment(INTS, m, j, ORDER);
            IntVector b1 = IntVector.fromMemorySegment(INTS, m, j + STEP, ORDER);
            s0 = s0.add(a0);
            s1 = s1.add(a1);
            s2 = s2.add(b0);
            s3 = s3.add(b1);
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
