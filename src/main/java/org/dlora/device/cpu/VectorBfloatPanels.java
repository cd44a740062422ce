package org.dlora.device.cpu;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.dlora.device.cpu.Species.LANES;
import static org.dlora.device.cpu.Species.broadcast;
import static org.dlora.device.cpu.Species.ints;
import static org.dlora.device.cpu.Species.store;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** {@link VectorFloatPanels} for bfloat16: a step loads two columns of a panel at once. */
final class VectorBfloatPanels {
    private static final long STEP = 4L * LANES;

    private VectorBfloatPanels() {}

    private static FloatVector even(IntVector pair) {
        return pair.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
    }

    private static FloatVector odd(IntVector pair) {
        return pair.and(0xffff0000).reinterpretAsFloats();
    }

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
        FloatVector zero = FloatVector.zero(Species.FLOATS);
        FloatVector s00 = zero, s01 = zero, s02 = zero, s03 = zero;
        FloatVector s10 = zero, s11 = zero, s12 = zero, s13 = zero;
        FloatVector s20 = zero, s21 = zero, s22 = zero, s23 = zero;
        FloatVector s30 = zero, s31 = zero, s32 = zero, s33 = zero;
        long w1 = w0 + panel;
        long w2 = w1 + panel;
        long w3 = w2 + panel;
        int pairs = k >> 1;
        for (int i = 0; i < pairs; i++) {
            IntVector p0 = ints(w, w0 + i * STEP);
            IntVector p1 = ints(w, w1 + i * STEP);
            IntVector p2 = ints(w, w2 + i * STEP);
            IntVector p3 = ints(w, w3 + i * STEP);
            FloatVector a0 = even(p0);
            FloatVector a1 = even(p1);
            FloatVector a2 = even(p2);
            FloatVector a3 = even(p3);
            FloatVector b = broadcast(x.get(JAVA_FLOAT, x0 + 8L * i));
            s00 = a0.fma(b, s00);
            s01 = a1.fma(b, s01);
            s02 = a2.fma(b, s02);
            s03 = a3.fma(b, s03);
            b = broadcast(x.get(JAVA_FLOAT, x1 + 8L * i));
            s10 = a0.fma(b, s10);
            s11 = a1.fma(b, s11);
            s12 = a2.fma(b, s12);
            s13 = a3.fma(b, s13);
            b = broadcast(x.get(JAVA_FLOAT, x2 + 8L * i));
            s20 = a0.fma(b, s20);
            s21 = a1.fma(b, s21);
            s22 = a2.fma(b, s22);
            s23 = a3.fma(b, s23);
            b = broadcast(x.get(JAVA_FLOAT, x3 + 8L * i));
            s30 = a0.fma(b, s30);
            s31 = a1.fma(b, s31);
            s32 = a2.fma(b, s32);
            s33 = a3.fma(b, s33);
            a0 = odd(p0);
            a1 = odd(p1);
            a2 = odd(p2);
            a3 = odd(p3);
            b = broadcast(x.get(JAVA_FLOAT, x0 + 8L * i + 4));
            s00 = a0.fma(b, s00);
            s01 = a1.fma(b, s01);
            s02 = a2.fma(b, s02);
            s03 = a3.fma(b, s03);
            b = broadcast(x.get(JAVA_FLOAT, x1 + 8L * i + 4));
            s10 = a0.fma(b, s10);
            s11 = a1.fma(b, s11);
            s12 = a2.fma(b, s12);
            s13 = a3.fma(b, s13);
            b = broadcast(x.get(JAVA_FLOAT, x2 + 8L * i + 4));
            s20 = a0.fma(b, s20);
            s21 = a1.fma(b, s21);
            s22 = a2.fma(b, s22);
            s23 = a3.fma(b, s23);
            b = broadcast(x.get(JAVA_FLOAT, x3 + 8L * i + 4));
            s30 = a0.fma(b, s30);
            s31 = a1.fma(b, s31);
            s32 = a2.fma(b, s32);
            s33 = a3.fma(b, s33);
        }
        if ((k & 1) != 0) {
            FloatVector a0 = even(ints(w, w0 + pairs * STEP));
            FloatVector a1 = even(ints(w, w1 + pairs * STEP));
            FloatVector a2 = even(ints(w, w2 + pairs * STEP));
            FloatVector a3 = even(ints(w, w3 + pairs * STEP));
            FloatVector b = broadcast(x.get(JAVA_FLOAT, x0 + 8L * pairs));
            s00 = a0.fma(b, s00);
            s01 = a1.fma(b, s01);
            s02 = a2.fma(b, s02);
            s03 = a3.fma(b, s03);
            b = broadcast(x.get(JAVA_FLOAT, x1 + 8L * pairs));
            s10 = a0.fma(b, s10);
            s11 = a1.fma(b, s11);
            s12 = a2.fma(b, s12);
            s13 = a3.fma(b, s13);
            b = broadcast(x.get(JAVA_FLOAT, x2 + 8L * pairs));
            s20 = a0.fma(b, s20);
            s21 = a1.fma(b, s21);
            s22 = a2.fma(b, s22);
            s23 = a3.fma(b, s23);
            b = broadcast(x.get(JAVA_FLOAT, x3 + 8L * pairs));
            s30 = a0.fma(b, s30);
            s31 = a1.fma(b, s31);
            s32 = a2.fma(b, s32);
            s33 = a3.fma(b, s33);
        }
        store(s00, y, y0);
        store(s01, y, y0 + STEP);
        store(s02, y, y0 + 2 * STEP);
        store(s03, y, y0 + 3 * STEP);
        store(s10, y, y1);
        store(s11, y, y1 + STEP);
        store(s12, y, y1 + 2 * STEP);
        store(s13, y, y1 + 3 * STEP);
        store(s20, y, y2);
        store(s21, y, y2 + STEP);
        store(s22, y, y2 + 2 * STEP);
        store(s23, y, y2 + 3 * STEP);
        store(s30, y, y3);
        store(s31, y, y3 + STEP);
        store(s32, y, y3 + 2 * STEP);
        store(s33, y, y3 + 3 * STEP);
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
        FloatVector zero = FloatVector.zero(Species.FLOATS);
        FloatVector s00 = zero, s01 = zero;
        FloatVector s10 = zero, s11 = zero;
        FloatVector s20 = zero, s21 = zero;
        FloatVector s30 = zero, s31 = zero;
        long w1 = w0 + panel;
        int pairs = k >> 1;
        for (int i = 0; i < pairs; i++) {
            IntVector p0 = ints(w, w0 + i * STEP);
            IntVector p1 = ints(w, w1 + i * STEP);
            FloatVector a0 = even(p0);
            FloatVector a1 = even(p1);
            FloatVector b = broadcast(x.get(JAVA_FLOAT, x0 + 8L * i));
            s00 = a0.fma(b, s00);
            s01 = a1.fma(b, s01);
            b = broadcast(x.get(JAVA_FLOAT, x1 + 8L * i));
            s10 = a0.fma(b, s10);
            s11 = a1.fma(b, s11);
            b = broadcast(x.get(JAVA_FLOAT, x2 + 8L * i));
            s20 = a0.fma(b, s20);
            s21 = a1.fma(b, s21);
            b = broadcast(x.get(JAVA_FLOAT, x3 + 8L * i));
            s30 = a0.fma(b, s30);
            s31 = a1.fma(b, s31);
            a0 = odd(p0);
            a1 = odd(p1);
            b = broadcast(x.get(JAVA_FLOAT, x0 + 8L * i + 4));
            s00 = a0.fma(b, s00);
            s01 = a1.fma(b, s01);
            b = broadcast(x.get(JAVA_FLOAT, x1 + 8L * i + 4));
            s10 = a0.fma(b, s10);
            s11 = a1.fma(b, s11);
            b = broadcast(x.get(JAVA_FLOAT, x2 + 8L * i + 4));
            s20 = a0.fma(b, s20);
            s21 = a1.fma(b, s21);
            b = broadcast(x.get(JAVA_FLOAT, x3 + 8L * i + 4));
            s30 = a0.fma(b, s30);
            s31 = a1.fma(b, s31);
        }
        if ((k & 1) != 0) {
            FloatVector a0 = even(ints(w, w0 + pairs * STEP));
            FloatVector a1 = even(ints(w, w1 + pairs * STEP));
            FloatVector b = broadcast(x.get(JAVA_FLOAT, x0 + 8L * pairs));
            s00 = a0.fma(b, s00);
            s01 = a1.fma(b, s01);
            b = broadcast(x.get(JAVA_FLOAT, x1 + 8L * pairs));
            s10 = a0.fma(b, s10);
            s11 = a1.fma(b, s11);
            b = broadcast(x.get(JAVA_FLOAT, x2 + 8L * pairs));
            s20 = a0.fma(b, s20);
            s21 = a1.fma(b, s21);
            b = broadcast(x.get(JAVA_FLOAT, x3 + 8L * pairs));
            s30 = a0.fma(b, s30);
            s31 = a1.fma(b, s31);
        }
        store(s00, y, y0);
        store(s01, y, y0 + STEP);
        store(s10, y, y1);
        store(s11, y, y1 + STEP);
        store(s20, y, y2);
        store(s21, y, y2 + STEP);
        store(s30, y, y3);
        store(s31, y, y3 + STEP);
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
        FloatVector zero = FloatVector.zero(Species.FLOATS);
        FloatVector s00 = zero;
        FloatVector s10 = zero;
        FloatVector s20 = zero;
        FloatVector s30 = zero;
        int pairs = k >> 1;
        for (int i = 0; i < pairs; i++) {
            IntVector p0 = ints(w, w0 + i * STEP);
            FloatVector a0 = even(p0);
            FloatVector b = broadcast(x.get(JAVA_FLOAT, x0 + 8L * i));
            s00 = a0.fma(b, s00);
            b = broadcast(x.get(JAVA_FLOAT, x1 + 8L * i));
            s10 = a0.fma(b, s10);
            b = broadcast(x.get(JAVA_FLOAT, x2 + 8L * i));
            s20 = a0.fma(b, s20);
            b = broadcast(x.get(JAVA_FLOAT, x3 + 8L * i));
            s30 = a0.fma(b, s30);
            a0 = odd(p0);
            b = broadcast(x.get(JAVA_FLOAT, x0 + 8L * i + 4));
            s00 = a0.fma(b, s00);
            b = broadcast(x.get(JAVA_FLOAT, x1 + 8L * i + 4));
            s10 = a0.fma(b, s10);
            b = broadcast(x.get(JAVA_FLOAT, x2 + 8L * i + 4));
            s20 = a0.fma(b, s20);
            b = broadcast(x.get(JAVA_FLOAT, x3 + 8L * i + 4));
            s30 = a0.fma(b, s30);
        }
        if ((k & 1) != 0) {
            FloatVector a0 = even(ints(w, w0 + pairs * STEP));
            FloatVector b = broadcast(x.get(JAVA_FLOAT, x0 + 8L * pairs));
            s00 = a0.fma(b, s00);
            b = broadcast(x.get(JAVA_FLOAT, x1 + 8L * pairs));
            s10 = a0.fma(b, s10);
            b = broadcast(x.get(JAVA_FLOAT, x2 + 8L * pairs));
            s20 = a0.fma(b, s20);
            b = broadcast(x.get(JAVA_FLOAT, x3 + 8L * pairs));
            s30 = a0.fma(b, s30);
        }
        store(s00, y, y0);
        store(s10, y, y1);
        store(s20, y, y2);
        store(s30, y, y3);
    }

    static void tile1x1(
            MemorySegment w, long w0, int k, MemorySegment x, long x0, MemorySegment y, long y0) {
        FloatVector s = FloatVector.zero(Species.FLOATS);
        int pairs = k >> 1;
        for (int i = 0; i < pairs; i++) {
            IntVector pair = ints(w, w0 + i * STEP);
            s = even(pair).fma(broadcast(x.get(JAVA_FLOAT, x0 + 8L * i)), s);
            s = odd(pair).fma(broadcast(x.get(JAVA_FLOAT, x0 + 8L * i + 4)), s);
        }
        if ((k & 1) != 0) {
            s =
                    even(ints(w, w0 + pairs * STEP))
                            .fma(broadcast(x.get(JAVA_FLOAT, x0 + 8L * pairs)), s);
        }
        store(s, y, y0);
    }
}
