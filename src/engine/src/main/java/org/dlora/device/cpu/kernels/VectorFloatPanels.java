package org.dlora.device.cpu.kernels;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.dlora.device.cpu.kernels.Species.FLOATS;
import static org.dlora.device.cpu.kernels.Species.LANES;
import static org.dlora.device.cpu.kernels.Species.ORDER;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

/**
 * The innermost loops of {@link VectorLinear} for float32 weights. A tile multiplies one or four
 * rows of x with one, two or four panels of a {@link PanelMatrix}, and keeps all sums in registers.
 * Each output is summed over k in ascending order, so all tiles give the same bits.
 *
 * <p>An iteration over k loads its weights before its multiply-adds: interleaved, the loop runs at
 * half the speed. The calls of the Vector API are written out instead of shared in methods. The
 * compiler inlines methods only up to its node limit, and a vector passed to a method that is not
 * inlined becomes an object.
 */
final class VectorFloatPanels {
    private static final long STEP = 4L * LANES;

    private VectorFloatPanels() {}

    static void tile4x4(
            MemorySegment w,
            long w0,
            long panel,
            int k,
            MemorySegment x,
            long x0,
            long x1,
            long x2,
            long x3,
            MemorySegment y,
            long y0,
            long y1,
            long y2,
            long y3) {
        FloatVector zero = FloatVector.zero(FLOATS);
        FloatVector s00 = zero, s01 = zero, s02 = zero, s03 = zero;
        FloatVector s10 = zero, s11 = zero, s12 = zero, s13 = zero;
        FloatVector s20 = zero, s21 = zero, s22 = zero, s23 = zero;
        FloatVector s30 = zero, s31 = zero, s32 = zero, s33 = zero;
        long w1 = w0 + panel;
        long w2 = w1 + panel;
        long w3 = w2 + panel;
        for (int i = 0; i < k; i++) {
            FloatVector a0 = FloatVector.fromMemorySegment(FLOATS, w, w0 + i * STEP, ORDER);
            FloatVector a1 = FloatVector.fromMemorySegment(FLOATS, w, w1 + i * STEP, ORDER);
            FloatVector a2 = FloatVector.fromMemorySegment(FLOATS, w, w2 + i * STEP, ORDER);
            FloatVector a3 = FloatVector.fromMemorySegment(FLOATS, w, w3 + i * STEP, ORDER);
            FloatVector b = FloatVector.broadcast(FLOATS, x.get(JAVA_FLOAT, x0 + 4L * i));
            s00 = a0.fma(b, s00);
            s01 = a1.fma(b, s01);
            s02 = a2.fma(b, s02);
            s03 = a3.fma(b, s03);
            b = FloatVector.broadcast(FLOATS, x.get(JAVA_FLOAT, x1 + 4L * i));
            s10 = a0.fma(b, s10);
            s11 = a1.fma(b, s11);
            s12 = a2.fma(b, s12);
            s13 = a3.fma(b, s13);
            b = FloatVector.broadcast(FLOATS, x.get(JAVA_FLOAT, x2 + 4L * i));
            s20 = a0.fma(b, s20);
            s21 = a1.fma(b, s21);
            s22 = a2.fma(b, s22);
            s23 = a3.fma(b, s23);
            b = FloatVector.broadcast(FLOATS, x.get(JAVA_FLOAT, x3 + 4L * i));
            s30 = a0.fma(b, s30);
            s31 = a1.fma(b, s31);
            s32 = a2.fma(b, s32);
            s33 = a3.fma(b, s33);
        }
        s00.intoMemorySegment(y, y0, ORDER);
        s01.intoMemorySegment(y, y0 + STEP, ORDER);
        s02.intoMemorySegment(y, y0 + 2 * STEP, ORDER);
        s03.intoMemorySegment(y, y0 + 3 * STEP, ORDER);
        s10.intoMemorySegment(y, y1, ORDER);
        s11.intoMemorySegment(y, y1 + STEP, ORDER);
        s12.intoMemorySegment(y, y1 + 2 * STEP, ORDER);
        s13.intoMemorySegment(y, y1 + 3 * STEP, ORDER);
        s20.intoMemorySegment(y, y2, ORDER);
        s21.intoMemorySegment(y, y2 + STEP, ORDER);
        s22.intoMemorySegment(y, y2 + 2 * STEP, ORDER);
        s23.intoMemorySegment(y, y2 + 3 * STEP, ORDER);
        s30.intoMemorySegment(y, y3, ORDER);
        s31.intoMemorySegment(y, y3 + STEP, ORDER);
        s32.intoMemorySegment(y, y3 + 2 * STEP, ORDER);
        s33.intoMemorySegment(y, y3 + 3 * STEP, ORDER);
    }

    static void tile4x2(
            MemorySegment w,
            long w0,
            long panel,
            int k,
            MemorySegment x,
            long x0,
            long x1,
            long x2,
            long x3,
            MemorySegment y,
            long y0,
            long y1,
            long y2,
            long y3) {
        FloatVector zero = FloatVector.zero(FLOATS);
        FloatVector s00 = zero, s01 = zero;
        FloatVector s10 = zero, s11 = zero;
        FloatVector s20 = zero, s21 = zero;
        FloatVector s30 = zero, s31 = zero;
        long w1 = w0 + panel;
        for (int i = 0; i < k; i++) {
            FloatVector a0 = FloatVector.fromMemorySegment(FLOATS, w, w0 + i * STEP, ORDER);
            FloatVector a1 = FloatVector.fromMemorySegment(FLOATS, w, w1 + i * STEP, ORDER);
            FloatVector b = FloatVector.broadcast(FLOATS, x.get(JAVA_FLOAT, x0 + 4L * i));
            s00 = a0.fma(b, s00);
            s01 = a1.fma(b, s01);
            b = FloatVector.broadcast(FLOATS, x.get(JAVA_FLOAT, x1 + 4L * i));
            s10 = a0.fma(b, s10);
            s11 = a1.fma(b, s11);
            b = FloatVector.broadcast(FLOATS, x.get(JAVA_FLOAT, x2 + 4L * i));
            s20 = a0.fma(b, s20);
            s21 = a1.fma(b, s21);
            b = FloatVector.broadcast(FLOATS, x.get(JAVA_FLOAT, x3 + 4L * i));
            s30 = a0.fma(b, s30);
            s31 = a1.fma(b, s31);
        }
        s00.intoMemorySegment(y, y0, ORDER);
        s01.intoMemorySegment(y, y0 + STEP, ORDER);
        s10.intoMemorySegment(y, y1, ORDER);
        s11.intoMemorySegment(y, y1 + STEP, ORDER);
        s20.intoMemorySegment(y, y2, ORDER);
        s21.intoMemorySegment(y, y2 + STEP, ORDER);
        s30.intoMemorySegment(y, y3, ORDER);
        s31.intoMemorySegment(y, y3 + STEP, ORDER);
    }

    static void tile4x1(
            MemorySegment w,
            long w0,
            int k,
            MemorySegment x,
            long x0,
            long x1,
            long x2,
            long x3,
            MemorySegment y,
            long y0,
            long y1,
            long y2,
            long y3) {
        FloatVector zero = FloatVector.zero(FLOATS);
        FloatVector s00 = zero;
        FloatVector s10 = zero;
        FloatVector s20 = zero;
        FloatVector s30 = zero;
        for (int i = 0; i < k; i++) {
            FloatVector a0 = FloatVector.fromMemorySegment(FLOATS, w, w0 + i * STEP, ORDER);
            FloatVector b = FloatVector.broadcast(FLOATS, x.get(JAVA_FLOAT, x0 + 4L * i));
            s00 = a0.fma(b, s00);
            b = FloatVector.broadcast(FLOATS, x.get(JAVA_FLOAT, x1 + 4L * i));
            s10 = a0.fma(b, s10);
            b = FloatVector.broadcast(FLOATS, x.get(JAVA_FLOAT, x2 + 4L * i));
            s20 = a0.fma(b, s20);
            b = FloatVector.broadcast(FLOATS, x.get(JAVA_FLOAT, x3 + 4L * i));
            s30 = a0.fma(b, s30);
        }
        s00.intoMemorySegment(y, y0, ORDER);
        s10.intoMemorySegment(y, y1, ORDER);
        s20.intoMemorySegment(y, y2, ORDER);
        s30.intoMemorySegment(y, y3, ORDER);
    }

    static void tile1x1(
            MemorySegment w, long w0, int k, MemorySegment x, long x0, MemorySegment y, long y0) {
        FloatVector s = FloatVector.zero(FLOATS);
        for (int i = 0; i < k; i++) {
            FloatVector a = FloatVector.fromMemorySegment(FLOATS, w, w0 + i * STEP, ORDER);
            s = a.fma(FloatVector.broadcast(FLOATS, x.get(JAVA_FLOAT, x0 + 4L * i)), s);
        }
        s.intoMemorySegment(y, y0, ORDER);
    }
}
