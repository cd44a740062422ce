package org.dlora.device.cpu.kernels;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.dlora.device.cpu.kernels.Species.FLOATS;
import static org.dlora.device.cpu.kernels.Species.INTS;
import static org.dlora.device.cpu.kernels.Species.LANES;
import static org.dlora.device.cpu.kernels.Species.ORDER;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import org.dlora.device.cpu.matrix.PanelMatrix;
import org.dlora.device.cpu.matrix.Panels;
import org.dlora.device.cpu.memory.FloatRows;

/** The kernels in the Vector API. Loads only where its module is present. */
public final class VectorKernels implements Kernels {

    @Override
    public String name() {
        return "Vector API, " + FLOATS.vectorBitSize() + " bits";
    }

    @Override
    public int lanes() {
        return LANES;
    }

    @Override
    public int panelTile() {
        return VectorLinear.TILE;
    }

    @Override
    public void linear(Panels w, FloatRows x, FloatRows y, int rows) {
        VectorLinear.linear(w, x, y, rows);
    }

    @Override
    public void add(MemorySegment x, long xOffset, MemorySegment y, long yOffset, int n) {
        int i = 0;
        for (; i + LANES <= n; i += LANES) {
            FloatVector.fromMemorySegment(FLOATS, y, yOffset + 4L * i, ORDER)
                    .add(FloatVector.fromMemorySegment(FLOATS, x, xOffset + 4L * i, ORDER))
                    .intoMemorySegment(y, yOffset + 4L * i, ORDER);
        }
        for (; i < n; i++) {
            set(y, yOffset, i, get(y, yOffset, i) + get(x, xOffset, i));
        }
    }

    @Override
    public void multiply(MemorySegment x, long xOffset, MemorySegment y, long yOffset, int n) {
        int i = 0;
        for (; i + LANES <= n; i += LANES) {
            FloatVector.fromMemorySegment(FLOATS, y, yOffset + 4L * i, ORDER)
                    .mul(FloatVector.fromMemorySegment(FLOATS, x, xOffset + 4L * i, ORDER))
                    .intoMemorySegment(y, yOffset + 4L * i, ORDER);
        }
        for (; i < n; i++) {
            set(y, yOffset, i, get(y, yOffset, i) * get(x, xOffset, i));
        }
    }

    @Override
    public void addScaled(
            MemorySegment x, long xOffset, float factor, MemorySegment y, long yOffset, int n) {
        FloatVector scale = FloatVector.broadcast(FLOATS, factor);
        int i = 0;
        for (; i + LANES <= n; i += LANES) {
            FloatVector.fromMemorySegment(FLOATS, x, xOffset + 4L * i, ORDER)
                    .fma(scale, FloatVector.fromMemorySegment(FLOATS, y, yOffset + 4L * i, ORDER))
                    .intoMemorySegment(y, yOffset + 4L * i, ORDER);
        }
        for (; i < n; i++) {
            set(y, yOffset, i, Math.fma(get(x, xOffset, i), factor, get(y, yOffset, i)));
        }
    }

    @Override
    public void divide(
            MemorySegment x, long xOffset, float divisor, MemorySegment y, long yOffset, int n) {
        int i = 0;
        for (; i + LANES <= n; i += LANES) {
            FloatVector.fromMemorySegment(FLOATS, x, xOffset + 4L * i, ORDER)
                    .div(divisor)
                    .intoMemorySegment(y, yOffset + 4L * i, ORDER);
        }
        for (; i < n; i++) {
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
        VectorExp.exp(gate, gateOffset, -1, 0, y, yOffset, n);
        int i = 0;
        for (; i + LANES <= n; i += LANES) {
            FloatVector g = FloatVector.fromMemorySegment(FLOATS, gate, gateOffset + 4L * i, ORDER);
            FloatVector up = FloatVector.fromMemorySegment(FLOATS, gate, upOffset + 4L * i, ORDER);
            FloatVector exp = FloatVector.fromMemorySegment(FLOATS, y, yOffset + 4L * i, ORDER);
            g.div(exp.add(1f)).mul(up).intoMemorySegment(y, yOffset + 4L * i, ORDER);
        }
        for (; i < n; i++) {
            set(
                    y,
                    yOffset,
                    i,
                    ScalarKernels.silu(get(gate, gateOffset, i)) * get(gate, upOffset, i));
        }
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
        sumSquares(x, xOffset, n, sums);
        float factor = ScalarKernels.inverseRms(sums, n, eps);
        int i = 0;
        for (; i + LANES <= n; i += LANES) {
            FloatVector normed =
                    FloatVector.fromMemorySegment(FLOATS, x, xOffset + 4L * i, ORDER).mul(factor);
            normed.mul(FloatVector.fromMemorySegment(FLOATS, weight, 4L * i, ORDER))
                    .intoMemorySegment(y, yOffset + 4L * i, ORDER);
        }
        for (; i < n; i++) {
            set(y, yOffset, i, get(x, xOffset, i) * factor * get(weight, 0, i));
        }
    }

    private static void sumSquares(MemorySegment x, long xOffset, int n, float[] sums) {
        int whole = n & -16;
        for (int lane = 0; lane < 16; lane += LANES) {
            FloatVector sum = FloatVector.zero(FLOATS);
            for (int i = lane; i < whole; i += 16) {
                FloatVector value =
                        FloatVector.fromMemorySegment(FLOATS, x, xOffset + 4L * i, ORDER);
                sum = value.fma(value, sum);
            }
            sum.intoArray(sums, lane);
        }
        for (int i = whole; i < n; i++) {
            float value = get(x, xOffset, i);
            sums[i & 15] = Math.fma(value, value, sums[i & 15]);
        }
    }

    @Override
    public void rotate(
            MemorySegment x,
            long xOffset,
            int half,
            MemorySegment cos,
            MemorySegment sin,
            long tableOffset) {
        int i = 0;
        for (; i + LANES <= half; i += LANES) {
            long low = xOffset + 4L * i;
            long high = low + 4L * half;
            FloatVector a = FloatVector.fromMemorySegment(FLOATS, x, low, ORDER);
            FloatVector b = FloatVector.fromMemorySegment(FLOATS, x, high, ORDER);
            FloatVector c = FloatVector.fromMemorySegment(FLOATS, cos, tableOffset + 4L * i, ORDER);
            FloatVector s = FloatVector.fromMemorySegment(FLOATS, sin, tableOffset + 4L * i, ORDER);
            a.mul(c).sub(b.mul(s)).intoMemorySegment(x, low, ORDER);
            b.mul(c).add(a.mul(s)).intoMemorySegment(x, high, ORDER);
        }
        ScalarKernels.rotate(x, xOffset, i, half, cos, sin, tableOffset);
    }

    @Override
    public void widenPairs(
            MemorySegment x, long xOffset, int rows, int n, MemorySegment y, long yOffset) {
        for (int row = 0; row < rows; row++) {
            long from = xOffset + 4L * row * n;
            long even = yOffset + 8L * row * n;
            int i = 0;
            for (; i + LANES <= n; i += LANES) {
                IntVector pairs = IntVector.fromMemorySegment(INTS, x, from + 4L * i, ORDER);
                pairs.lanewise(VectorOperators.LSHL, 16)
                        .reinterpretAsFloats()
                        .intoMemorySegment(y, even + 4L * i, ORDER);
                pairs.lanewise(VectorOperators.AND, 0xffff0000)
                        .reinterpretAsFloats()
                        .intoMemorySegment(y, even + 4L * (n + i), ORDER);
            }
            ScalarKernels.widenPairsOfRow(x, from, i, n, y, even);
        }
    }

    @Override
    public void columns(PanelMatrix matrix, MemorySegment x, long xOffset, long stride) {
        VectorMerge.columns(matrix, x, xOffset, stride);
    }

    @Override
    public void merge(PanelMerge merge) {
        VectorMerge.merge(merge);
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
        VectorAttention.scores(q, q0, q1, q2, q3, headDim, scale, k, kOffset, scores, scoresOffset);
    }

    @Override
    public float max(MemorySegment scores, long offset, float max) {
        return VectorAttention.max(scores, offset, max);
    }

    @Override
    public void exponentials(
            MemorySegment p,
            long pOffset,
            float max,
            float correction,
            MemorySegment sums,
            long sumsOffset) {
        VectorAttention.exponentials(p, pOffset, max, correction, sums, sumsOffset);
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
        VectorAttention.weighted(
                p, pOffset, from, to, v, vOffset, headDim, correction, out, outOffset);
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
        VectorAttention.weighted4(
                p, pOffset, from, to, v, vOffset, headDim, corrections, first, out, outOffset);
    }

    @Override
    public int argMax(MemorySegment x, long xOffset, int n) {
        return VectorArgMax.argMax(x, xOffset, n);
    }

    @Override
    public int notBelow(MemorySegment x, long xOffset, int n, float least, int[] out) {
        return VectorArgMax.notBelow(x, xOffset, n, least, out);
    }

    private static float get(MemorySegment segment, long offset, int index) {
        return segment.get(JAVA_FLOAT, offset + 4L * index);
    }

    private static void set(MemorySegment segment, long offset, int index, float value) {
        segment.set(JAVA_FLOAT, offset + 4L * index, value);
    }
}
