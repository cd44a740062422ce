package org.dlora.device.cpu.kernels;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.dlora.device.cpu.kernels.Species.FLOATS;
import static org.dlora.device.cpu.kernels.Species.LANES;
import static org.dlora.device.cpu.kernels.Species.ORDER;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * The attention kernels: lanes are positions in the scores and elements of the head in the weighted
 * sums.
 */
final class VectorAttention {
    private static final int POSITIONS = 16;

    /** Bytes of a row of 16 floats. */
    private static final long ROW = 4L * POSITIONS;

    private VectorAttention() {}

    static void scores(
            MemorySegment q,
            long q0,
            long q1,
            long q2,
            long q3,
            int headDim,
            float scale,
            MemorySegment k,
            long kOffset,
            MemorySegment scores,
            long scoresOffset) {
        for (int lane = 0; lane < POSITIONS; lane += LANES) {
            scoreLanes(
                    q,
                    q0,
                    q1,
                    q2,
                    q3,
                    headDim,
                    scale,
                    k,
                    kOffset + 4L * lane,
                    scores,
                    scoresOffset + 4L * lane);
        }
    }

    private static void scoreLanes(
            MemorySegment q,
            long q0,
            long q1,
            long q2,
            long q3,
            int headDim,
            float scale,
            MemorySegment k,
            long kOffset,
            MemorySegment scores,
            long scoresOffset) {
        FloatVector s0 = FloatVector.zero(FLOATS);
        FloatVector s1 = s0, s2 = s0, s3 = s0;
        for (int d = 0; d < headDim; d++) {
            FloatVector key = FloatVector.fromMemorySegment(FLOATS, k, kOffset + d * ROW, ORDER);
            s0 = key.fma(FloatVector.broadcast(FLOATS, q.get(JAVA_FLOAT, q0 + 4L * d)), s0);
            s1 = key.fma(FloatVector.broadcast(FLOATS, q.get(JAVA_FLOAT, q1 + 4L * d)), s1);
            s2 = key.fma(FloatVector.broadcast(FLOATS, q.get(JAVA_FLOAT, q2 + 4L * d)), s2);
            s3 = key.fma(FloatVector.broadcast(FLOATS, q.get(JAVA_FLOAT, q3 + 4L * d)), s3);
        }
        s0.mul(scale).intoMemorySegment(scores, scoresOffset, ORDER);
        s1.mul(scale).intoMemorySegment(scores, scoresOffset + ROW, ORDER);
        s2.mul(scale).intoMemorySegment(scores, scoresOffset + 2 * ROW, ORDER);
        s3.mul(scale).intoMemorySegment(scores, scoresOffset + 3 * ROW, ORDER);
    }

    static float max(MemorySegment scores, long offset, float max) {
        FloatVector largest = FloatVector.broadcast(FLOATS, max);
        for (int lane = 0; lane < POSITIONS; lane += LANES) {
            largest =
                    largest.max(
                            FloatVector.fromMemorySegment(
                                    FLOATS, scores, offset + 4L * lane, ORDER));
        }
        return largest.reduceLanes(VectorOperators.MAX);
    }

    static void exponentials(
            MemorySegment p,
            long pOffset,
            float max,
            float correction,
            MemorySegment sums,
            long sumsOffset) {
        VectorExp.exp(p, pOffset, 1, -max, p, pOffset, POSITIONS);
        for (int lane = 0; lane < POSITIONS; lane += LANES) {
            FloatVector exponential =
                    FloatVector.fromMemorySegment(FLOATS, p, pOffset + 4L * lane, ORDER);
            long sum = sumsOffset + 4L * lane;
            FloatVector.fromMemorySegment(FLOATS, sums, sum, ORDER)
                    .fma(FloatVector.broadcast(FLOATS, correction), exponential)
                    .intoMemorySegment(sums, sum, ORDER);
        }
    }

    static void weighted(
            MemorySegment p,
            long pOffset,
            int from,
            int to,
            MemorySegment v,
            long vOffset,
            int headDim,
            float correction,
            MemorySegment out,
            long outOffset) {
        int d = 0;
        for (; d + LANES <= headDim; d += LANES) {
            FloatVector sum =
                    FloatVector.fromMemorySegment(FLOATS, out, outOffset + 4L * d, ORDER)
                            .mul(correction);
            for (int j = from; j < to; j++) {
                FloatVector value =
                        FloatVector.fromMemorySegment(
                                FLOATS, v, vOffset + 4L * (j * headDim + d), ORDER);
                sum =
                        value.fma(
                                FloatVector.broadcast(FLOATS, p.get(JAVA_FLOAT, pOffset + 4L * j)),
                                sum);
            }
            sum.intoMemorySegment(out, outOffset + 4L * d, ORDER);
        }
        ScalarAttention.weighted(
                p, pOffset, from, to, v, vOffset, d, headDim, correction, out, outOffset);
    }

    static void weighted4(
            MemorySegment p,
            long pOffset,
            int from,
            int to,
            MemorySegment v,
            long vOffset,
            int headDim,
            float[] corrections,
            int first,
            MemorySegment out,
            long outOffset) {
        long row = 4L * headDim;
        int d = 0;
        for (; d + LANES <= headDim; d += LANES) {
            long out0 = outOffset + 4L * d;
            FloatVector s0 =
                    FloatVector.fromMemorySegment(FLOATS, out, out0, ORDER).mul(corrections[first]);
            FloatVector s1 =
                    FloatVector.fromMemorySegment(FLOATS, out, out0 + row, ORDER)
                            .mul(corrections[first + 1]);
            FloatVector s2 =
                    FloatVector.fromMemorySegment(FLOATS, out, out0 + 2 * row, ORDER)
                            .mul(corrections[first + 2]);
            FloatVector s3 =
                    FloatVector.fromMemorySegment(FLOATS, out, out0 + 3 * row, ORDER)
                            .mul(corrections[first + 3]);
            for (int j = from; j < to; j++) {
                FloatVector value =
                        FloatVector.fromMemorySegment(FLOATS, v, vOffset + j * row + 4L * d, ORDER);
                long weight = pOffset + 4L * j;
                s0 = value.fma(FloatVector.broadcast(FLOATS, p.get(JAVA_FLOAT, weight)), s0);
                s1 = value.fma(FloatVector.broadcast(FLOATS, p.get(JAVA_FLOAT, weight + ROW)), s1);
                s2 =
                        value.fma(
                                FloatVector.broadcast(FLOATS, p.get(JAVA_FLOAT, weight + 2 * ROW)),
                                s2);
                s3 =
                        value.fma(
                                FloatVector.broadcast(FLOATS, p.get(JAVA_FLOAT, weight + 3 * ROW)),
                                s3);
            }
            s0.intoMemorySegment(out, out0, ORDER);
            s1.intoMemorySegment(out, out0 + row, ORDER);
            s2.intoMemorySegment(out, out0 + 2 * row, ORDER);
            s3.intoMemorySegment(out, out0 + 3 * row, ORDER);
        }
        for (int i = 0; d < headDim && i < 4; i++) {
            ScalarAttention.weighted(
                    p,
                    pOffset + i * ROW,
                    from,
                    to,
                    v,
                    vOffset,
                    d,
                    headDim,
                    corrections[first + i],
                    out,
                    outOffset + i * row);
        }
    }
}
