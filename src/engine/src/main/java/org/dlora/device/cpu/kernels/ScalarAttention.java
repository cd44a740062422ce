package org.dlora.device.cpu.kernels;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.MemorySegment;

/** The attention loops of {@link Kernels}, element by element. */
final class ScalarAttention {
    private static final int POSITIONS = 16;

    private ScalarAttention() {}

    /** Computes the scores of one query with the 16 keys of a block. */
    static void scores(
            MemorySegment q,
            long qOffset,
            int headDim,
            float scale,
            MemorySegment k,
            long kOffset,
            MemorySegment scores,
            long scoresOffset) {
        var sums = new float[POSITIONS];
        for (int d = 0; d < headDim; d++) {
            float value = get(q, qOffset, d);
            for (int j = 0; j < POSITIONS; j++) {
                sums[j] = Math.fma(get(k, kOffset, d * POSITIONS + j), value, sums[j]);
            }
        }
        for (int j = 0; j < POSITIONS; j++) {
            set(scores, scoresOffset, j, sums[j] * scale);
        }
    }

    static float max(MemorySegment scores, long offset, float max) {
        float largest = max;
        for (int j = 0; j < POSITIONS; j++) {
            largest = Math.max(largest, get(scores, offset, j));
        }
        return largest;
    }

    static void exponentials(
            MemorySegment p,
            long pOffset,
            float max,
            float correction,
            MemorySegment sums,
            long sumsOffset) {
        for (int j = 0; j < POSITIONS; j++) {
            float exponential = Exp.exp(get(p, pOffset, j) - max);
            set(p, pOffset, j, exponential);
            set(sums, sumsOffset, j, Math.fma(get(sums, sumsOffset, j), correction, exponential));
        }
    }

    /** Does {@link Kernels#weighted} for the elements from {@code firstElement} on. */
    static void weighted(
            MemorySegment p,
            long pOffset,
            int from,
            int to,
            MemorySegment v,
            long vOffset,
            int firstElement,
            int headDim,
            float correction,
            MemorySegment out,
            long outOffset) {
        for (int d = firstElement; d < headDim; d++) {
            float sum = get(out, outOffset, d) * correction;
            for (int j = from; j < to; j++) {
                sum = Math.fma(get(v, vOffset, j * headDim + d), get(p, pOffset, j), sum);
            }
            set(out, outOffset, d, sum);
        }
    }

    private static float get(MemorySegment segment, long offset, int index) {
        return segment.get(JAVA_FLOAT, offset + 4L * index);
    }

    private static void set(MemorySegment segment, long offset, int index, float value) {
        segment.set(JAVA_FLOAT, offset + 4L * index, value);
    }
}
