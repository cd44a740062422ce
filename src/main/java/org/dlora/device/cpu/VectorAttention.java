package org.dlora.device.cpu;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.dlora.device.cpu.Species.LANES;
import static org.dlora.device.cpu.Species.broadcast;
import static org.dlora.device.cpu.Species.floats;
import static org.dlora.device.cpu.Species.store;

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
        FloatVector s0 = FloatVector.zero(Species.FLOATS);
        FloatVector s1 = s0, s2 = s0, s3 = s0;
        for (int d = 0; d < headDim; d++) {
            FloatVector key = floats(k, kOffset + d * ROW);
            s0 = key.fma(broadcast(q.get(JAVA_FLOAT, q0 + 4L * d)), s0);
            s1 = key.fma(broadcast(q.get(JAVA_FLOAT, q1 + 4L * d)), s1);
            s2 = key.fma(broadcast(q.get(JAVA_FLOAT, q2 + 4L * d)), s2);
            s3 = key.fma(broadcast(q.get(JAVA_FLOAT, q3 + 4L * d)), s3);
        }
        store(s0.mul(scale), scores, scoresOffset);
        store(s1.mul(scale), scores, scoresOffset + ROW);
        store(s2.mul(scale), scores, scoresOffset + 2 * ROW);
        store(s3.mul(scale), scores, scoresOffset + 3 * ROW);
    }

    static float max(MemorySegment scores, long offset, float max) {
        FloatVector largest = broadcast(max);
        for (int lane = 0; lane < POSITIONS; lane += LANES) {
            largest = largest.max(floats(scores, offset + 4L * lane));
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
        for (int lane = 0; lane < POSITIONS; lane += LANES) {
            FloatVector exponential = VectorExp.exp(floats(p, pOffset + 4L * lane).sub(max));
            store(exponential, p, pOffset + 4L * lane);
            FloatVector sum =
                    floats(sums, sumsOffset + 4L * lane).fma(broadcast(correction), exponential);
            store(sum, sums, sumsOffset + 4L * lane);
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
            FloatVector sum = floats(out, outOffset + 4L * d).mul(correction);
            for (int j = from; j < to; j++) {
                FloatVector value = floats(v, vOffset + 4L * (j * headDim + d));
                sum = value.fma(broadcast(p.get(JAVA_FLOAT, pOffset + 4L * j)), sum);
            }
            store(sum, out, outOffset + 4L * d);
        }
        ScalarKernels.weighted(
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
            FloatVector s0 = floats(out, out0).mul(corrections[first]);
            FloatVector s1 = floats(out, out0 + row).mul(corrections[first + 1]);
            FloatVector s2 = floats(out, out0 + 2 * row).mul(corrections[first + 2]);
            FloatVector s3 = floats(out, out0 + 3 * row).mul(corrections[first + 3]);
            for (int j = from; j < to; j++) {
                FloatVector value = floats(v, vOffset + j * row + 4L * d);
                long weight = pOffset + 4L * j;
                s0 = value.fma(broadcast(p.get(JAVA_FLOAT, weight)), s0);
                s1 = value.fma(broadcast(p.get(JAVA_FLOAT, weight + ROW)), s1);
                s2 = value.fma(broadcast(p.get(JAVA_FLOAT, weight + 2 * ROW)), s2);
                s3 = value.fma(broadcast(p.get(JAVA_FLOAT, weight + 3 * ROW)), s3);
            }
            store(s0, out, out0);
            store(s1, out, out0 + row);
            store(s2, out, out0 + 2 * row);
            store(s3, out, out0 + 3 * row);
        }
        for (int i = 0; d < headDim && i < 4; i++) {
            ScalarKernels.weighted(
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
