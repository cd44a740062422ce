package org.dlora.device.cpu.kernels;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemorySegment;
import org.dlora.device.cpu.matrix.PanelMatrix;
import org.dlora.device.cpu.matrix.Panels;
import org.dlora.device.cpu.memory.Bfloat16;
import org.dlora.device.cpu.memory.FloatRows;

/** The kernels without the Vector API, for JVMs that lack its module. */
public final class ScalarKernels implements Kernels {
    private static final int POSITIONS = 16;

    private final int lanes;
    private final String reason;

    /**
     * @param lanes rows of a panel; any number gives the same bits
     * @param reason why not vectors
     */
    public ScalarKernels(int lanes, String reason) {
        this.lanes = lanes;
        this.reason = reason;
    }

    @Override
    public String name() {
        return "scalar, many times slower, because of " + reason;
    }

    @Override
    public int lanes() {
        return lanes;
    }

    @Override
    public int panelTile() {
        return 1;
    }

    @Override
    public void linear(Panels w, FloatRows x, FloatRows y, int rows) {
        ScalarLinear.linear(w, x, y, rows);
    }

    @Override
    public void add(MemorySegment x, long xOffset, MemorySegment y, long yOffset, int n) {
        for (int i = 0; i < n; i++) {
            set(y, yOffset, i, get(y, yOffset, i) + get(x, xOffset, i));
        }
    }

    @Override
    public void multiply(MemorySegment x, long xOffset, MemorySegment y, long yOffset, int n) {
        for (int i = 0; i < n; i++) {
            set(y, yOffset, i, get(y, yOffset, i) * get(x, xOffset, i));
        }
    }

    @Override
    public void addScaled(
            MemorySegment x, long xOffset, float factor, MemorySegment y, long yOffset, int n) {
        for (int i = 0; i < n; i++) {
            set(y, yOffset, i, Math.fma(get(x, xOffset, i), factor, get(y, yOffset, i)));
        }
    }

    @Override
    public void divide(
            MemorySegment x, long xOffset, float divisor, MemorySegment y, long yOffset, int n) {
        for (int i = 0; i < n; i++) {
            set(y, yOffset, i, get(x, xOffset, i) / divisor);
        }
    }

    @Override
    public void siluMul(
            MemorySegment gate,
            long gateOffset,
            long upOffset,
            MemorySegment y,
            long yOffset,
            int n) {
        for (int i = 0; i < n; i++) {
            set(y, yOffset, i, silu(get(gate, gateOffset, i)) * get(gate, upOffset, i));
        }
    }

    static float silu(float value) {
        return value / (1 + Exp.exp(-value));
    }

    @Override
    public void rmsNorm(
            MemorySegment x,
            long xOffset,
            MemorySegment weight,
            float eps,
            MemorySegment y,
            long yOffset,
            int n) {
        var sums = new float[16];
        for (int i = 0; i < n; i++) {
            float value = get(x, xOffset, i);
            sums[i & 15] = Math.fma(value, value, sums[i & 15]);
        }
        float factor = inverseRms(sums, n, eps);
        for (int i = 0; i < n; i++) {
            set(y, yOffset, i, get(x, xOffset, i) * factor * get(weight, 0, i));
        }
    }

    static float inverseRms(float[] sums, int n, float eps) {
        return 1 / (float) Math.sqrt(PartialSums.total(sums) / n + eps);
    }

    @Override
    public void rotate(
            MemorySegment x,
            long xOffset,
            int half,
            MemorySegment cos,
            MemorySegment sin,
            long tableOffset) {
        rotate(x, xOffset, 0, half, cos, sin, tableOffset);
    }

    /** The pairs from {@code from} on. */
    static void rotate(
            MemorySegment x,
            long xOffset,
            int from,
            int half,
            MemorySegment cos,
            MemorySegment sin,
            long tableOffset) {
        for (int i = from; i < half; i++) {
            float a = get(x, xOffset, i);
            float b = get(x, xOffset, i + half);
            float c = get(cos, tableOffset, i);
            float s = get(sin, tableOffset, i);
            set(x, xOffset, i, a * c - b * s);
            set(x, xOffset, i + half, b * c + a * s);
        }
    }

    @Override
    public void widenPairs(
            MemorySegment x, long xOffset, int rows, int n, MemorySegment y, long yOffset) {
        for (int row = 0; row < rows; row++) {
            widenPairsOfRow(x, xOffset + 4L * row * n, 0, n, y, yOffset + 8L * row * n);
        }
    }

    /** The pairs of a row from {@code from} on. */
    static void widenPairsOfRow(
            MemorySegment x, long xOffset, int from, int n, MemorySegment y, long yOffset) {
        for (int i = from; i < n; i++) {
            set(y, yOffset, i, Bfloat16.widen(x.get(JAVA_SHORT, xOffset + 4L * i)));
            set(y, yOffset, n + i, Bfloat16.widen(x.get(JAVA_SHORT, xOffset + 4L * i + 2)));
        }
    }

    @Override
    public void columns(PanelMatrix matrix, MemorySegment x, long xOffset, long stride) {
        ScalarMerge.columns(matrix, x, xOffset, stride);
    }

    @Override
    public void merge(PanelMerge merge) {
        ScalarMerge.merge(merge);
    }

    @Override
    public void scores(
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
        ScalarAttention.scores(q, q0, headDim, scale, k, kOffset, scores, scoresOffset);
        ScalarAttention.scores(
                q, q1, headDim, scale, k, kOffset, scores, scoresOffset + 4 * POSITIONS);
        ScalarAttention.scores(
                q, q2, headDim, scale, k, kOffset, scores, scoresOffset + 8 * POSITIONS);
        ScalarAttention.scores(
                q, q3, headDim, scale, k, kOffset, scores, scoresOffset + 12 * POSITIONS);
    }

    @Override
    public float max(MemorySegment scores, long offset, float max) {
        return ScalarAttention.max(scores, offset, max);
    }

    @Override
    public void exponentials(
            MemorySegment p,
            long pOffset,
            float max,
            float correction,
            MemorySegment sums,
            long sumsOffset) {
        ScalarAttention.exponentials(p, pOffset, max, correction, sums, sumsOffset);
    }

    @Override
    public void weighted(
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
        ScalarAttention.weighted(
                p, pOffset, from, to, v, vOffset, 0, headDim, correction, out, outOffset);
    }

    @Override
    public void weighted4(
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
        for (int i = 0; i < 4; i++) {
            weighted(
                    p,
                    pOffset + 4L * i * POSITIONS,
                    from,
                    to,
                    v,
                    vOffset,
                    headDim,
                    corrections[first + i],
                    out,
                    outOffset + 4L * i * headDim);
        }
    }

    @Override
    public int argMax(MemorySegment x, long xOffset, int n) {
        return ScalarArgMax.argMax(x, xOffset, n);
    }

    @Override
    public int notBelow(MemorySegment x, long xOffset, int n, float least, int[] out) {
        return ScalarArgMax.notBelow(x, xOffset, n, least, out);
    }

    private static float get(MemorySegment segment, long offset, int index) {
        return segment.get(JAVA_FLOAT, offset + 4L * index);
    }

    private static void set(MemorySegment segment, long offset, int index, float value) {
        segment.set(JAVA_FLOAT, offset + 4L * index, value);
    }
}
