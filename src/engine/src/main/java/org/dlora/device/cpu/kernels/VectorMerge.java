package org.dlora.device.cpu.kernels;

import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static org.dlora.device.cpu.kernels.Species.FLOATS;
import static org.dlora.device.cpu.kernels.Species.INTS;
import static org.dlora.device.cpu.kernels.Species.LANES;
import static org.dlora.device.cpu.kernels.Species.ORDER;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import org.dlora.device.cpu.matrix.PanelMatrix;
import org.dlora.tensor.DType;

/** {@link Kernels#merge} and {@link Kernels#columns}, a column of a panel at a time. */
final class VectorMerge {
    private static final long STEP = 4L * LANES;
    private static final int ODD = 0xffff0000;

    /** Just below half a unit in the last place of a bfloat16. */
    private static final int HALF = 0x7fff;

    private static final int MAGNITUDE = 0x7fffffff;
    private static final int INFINITY = 0x7f800000;

    /** Set in a NaN that is cut to its upper half, so that it stays one. */
    private static final int QUIET = 0x400000;

    private VectorMerge() {}

    static void columns(PanelMatrix matrix, MemorySegment x, long xOffset, long stride) {
        for (int panel = 0; panel < matrix.panels(); panel++) {
            long from = panel * matrix.panelBytes();
            long to = xOffset + panel * STEP;
            if (matrix.dtype() == DType.F32) {
                floats(matrix.segment(), from, matrix.columns(), x, to, stride);
            } else {
                pairs(matrix.segment(), from, matrix.columns(), x, to, stride);
            }
        }
    }

    private static void floats(
            MemorySegment a, long from, int columns, MemorySegment x, long to, long stride) {
        for (int i = 0; i < columns; i++) {
            FloatVector.fromMemorySegment(FLOATS, a, from + i * STEP, ORDER)
                    .intoMemorySegment(x, to + i * stride, ORDER);
        }
    }

    private static void pairs(
            MemorySegment a, long from, int columns, MemorySegment x, long to, long stride) {
        for (int i = 0; i < columns; i += 2) {
            IntVector pair = IntVector.fromMemorySegment(INTS, a, from + (i >> 1) * STEP, ORDER);
            pair.lanewise(LSHL, 16)
                    .reinterpretAsFloats()
                    .intoMemorySegment(x, to + i * stride, ORDER);
            if (i + 1 < columns) {
                pair.and(ODD)
                        .reinterpretAsFloats()
                        .intoMemorySegment(x, to + (i + 1) * stride, ORDER);
            }
        }
    }

    static void merge(PanelMerge merge) {
        if (merge.w().dtype() == DType.F32) {
            mergeFloats(merge);
            return;
        }
        mergePairs(merge);
        if (merge.columns() % 2 == 1) {
            mergeLast(merge);
        }
    }

    private static FloatVector factors(PanelMerge merge) {
        var gain = merge.gain();
        return gain == null
                ? FloatVector.broadcast(FLOATS, 1)
                : FloatVector.fromMemorySegment(FLOATS, gain, merge.gainOffset(), ORDER);
    }

    private static void mergeFloats(PanelMerge merge) {
        MemorySegment w = merge.w().segment();
        MemorySegment live = merge.live().segment();
        MemorySegment d = merge.delta().segment();
        FloatVector g = factors(merge);
        FloatVector s = FloatVector.broadcast(FLOATS, merge.scale());
        long at = merge.offset();
        long d0 = merge.delta().offset();
        long stride = merge.delta().stride();
        for (int i = 0; i < merge.columns(); i++) {
            FloatVector weight = FloatVector.fromMemorySegment(FLOATS, w, at + i * STEP, ORDER);
            FloatVector change = FloatVector.fromMemorySegment(FLOATS, d, d0 + i * stride, ORDER);
            change.fma(s, weight).mul(g).intoMemorySegment(live, at + i * STEP, ORDER);
        }
    }

    private static void mergePairs(PanelMerge merge) {
        MemorySegment w = merge.w().segment();
        MemorySegment live = merge.live().segment();
        MemorySegment d = merge.delta().segment();
        FloatVector g = factors(merge);
        FloatVector s = FloatVector.broadcast(FLOATS, merge.scale());
        long at = merge.offset();
        long d0 = merge.delta().offset();
        long stride = merge.delta().stride();
        int pairs = merge.columns() >> 1;
        for (int i = 0; i < pairs; i++) {
            IntVector pair = IntVector.fromMemorySegment(INTS, w, at + i * STEP, ORDER);
            FloatVector change0 = FloatVector.fromMemorySegment(FLOATS, d, d0, ORDER);
            FloatVector change1 = FloatVector.fromMemorySegment(FLOATS, d, d0 + stride, ORDER);
            FloatVector even = change0.fma(s, pair.lanewise(LSHL, 16).reinterpretAsFloats()).mul(g);
            FloatVector odd = change1.fma(s, pair.and(ODD).reinterpretAsFloats()).mul(g);
            // Rounded to nearest even; a NaN stays one. Written out, see VectorFloatPanels.
            IntVector low = even.reinterpretAsInts();
            IntVector high = odd.reinterpretAsInts();
            low =
                    low.add(low.lanewise(LSHR, 16).and(1).add(HALF))
                            .blend(low.or(QUIET), low.and(MAGNITUDE).compare(GT, INFINITY));
            high =
                    high.add(high.lanewise(LSHR, 16).and(1).add(HALF))
                            .blend(high.or(QUIET), high.and(MAGNITUDE).compare(GT, INFINITY));
            low.lanewise(LSHR, 16).or(high.and(ODD)).intoMemorySegment(live, at + i * STEP, ORDER);
            d0 += 2 * stride;
        }
    }

    /** The last column, which is even and has no partner. */
    private static void mergeLast(PanelMerge merge) {
        MemorySegment w = merge.w().segment();
        MemorySegment live = merge.live().segment();
        MemorySegment d = merge.delta().segment();
        FloatVector g = factors(merge);
        FloatVector s = FloatVector.broadcast(FLOATS, merge.scale());
        long at = merge.offset() + (merge.columns() >> 1) * STEP;
        long d0 = merge.delta().row(merge.columns() - 1);
        IntVector pair = IntVector.fromMemorySegment(INTS, w, at, ORDER);
        FloatVector change = FloatVector.fromMemorySegment(FLOATS, d, d0, ORDER);
        FloatVector even = change.fma(s, pair.lanewise(LSHL, 16).reinterpretAsFloats()).mul(g);
        IntVector low = even.reinterpretAsInts();
        low.add(low.lanewise(LSHR, 16).and(1).add(HALF))
                .blend(low.or(QUIET), low.and(MAGNITUDE).compare(GT, INFINITY))
                .lanewise(LSHR, 16)
                .intoMemorySegment(live, at, ORDER);
    }
}
