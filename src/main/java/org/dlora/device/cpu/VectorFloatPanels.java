package org.dlora.device.cpu;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.dlora.device.cpu.Species.LANES;
import static org.dlora.device.cpu.Species.broadcast;
import static org.dlora.device.cpu.Species.floats;
import static org.dlora.device.cpu.Species.store;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

/**
 * Products with float32 panels, in tiles of rows × panels whose sums stay in registers. The loads
 * of a step stand before its multiply-adds: interleaved they run at half the speed. Each tile has
 * the same sums in the same order.
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
        FloatVector zero = FloatVector.zero(Species.FLOATS);
        FloatVector s00 = zero, s01 = zero, s02 = zero, s03 = zero;
        FloatVector s10 = zero, s11 = zero, s12 = zero, s13 = zero;
        FloatVector s20 = zero, s21 = zero, s22 = zero, s23 = zero;
        FloatVector s30 = zero, s31 = zero, s32 = zero, s33 = zero;
        long w1 = w0 + panel;
        long w2 = w1 + panel;
        long w3 = w2 + panel;
        for (int i = 0; i < k; i++) {
            FloatVector a0 = floats(w, w0 + i * STEP);
            FloatVector a1 = floats(w, w1 + i * STEP);
            FloatVector a2 = floats(w, w2 + i * STEP);
            FloatVector a3 = floats(w, w3 + i * STEP);
            FloatVector b = broadcast(x.get(JAVA_FLOAT, x0 + 4L * i));
            s00 = a0.fma(b, s00);
            s01 = a1.fma(b, s01);
            s02 = a2.fma(b, s02);
            s03 = a3.fma(b, s03);
            b = broadcast(x.get(JAVA_FLOAT, x1 + 4L * i));
            s10 = a0.fma(b, s10);
            s11 = a1.fma(b, s11);
            s12 = a2.fma(b, s12);
            s13 = a3.fma(b, s13);
            b = broadcast(x.get(JAVA_FLOAT, x2 + 4L * i));
            s20 = a0.fma(b, s20);
            s21 = a1.fma(b, s21);
            s22 = a2.fma(b, s22);
            s23 = a3.fma(b, s23);
            b = broadcast(x.get(JAVA_FLOAT, x3 + 4L * i));
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
        for (int i = 0; i < k; i++) {
            FloatVector a0 = floats(w, w0 + i * STEP);
            FloatVector a1 = floats(w, w1 + i * STEP);
            FloatVector b = broadcast(x.get(JAVA_FLOAT, x0 + 4L * i));
            s00 = a0.fma(b, s00);
            s01 = a1.fma(b, s01);
            b = broadcast(x.get(JAVA_FLOAT, x1 + 4L * i));
            s10 = a0.fma(b, s10);
            s11 = a1.fma(b, s11);
            b = broadcast(x.get(JAVA_FLOAT, x2 + 4L * i));
            s20 = a0.fma(b, s20);
            s21 = a1.fma(b, s21);
            b = broadcast(x.get(JAVA_FLOAT, x3 + 4L * i));
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
        FloatVector s0 = zero, s1 = zero, s2 = zero, s3 = zero;
        for (int i = 0; i < k; i++) {
            FloatVector a = floats(w, w0 + i * STEP);
            s0 = a.fma(broadcast(x.get(JAVA_FLOAT, x0 + 4L * i)), s0);
            s1 = a.fma(broadcast(x.get(JAVA_FLOAT, x1 + 4L * i)), s1);
            s2 = a.fma(broadcast(x.get(JAVA_FLOAT, x2 + 4L * i)), s2);
            s3 = a.fma(broadcast(x.get(JAVA_FLOAT, x3 + 4L * i)), s3);
        }
        store(s0, y, y0);
        store(s1, y, y1);
        store(s2, y, y2);
        store(s3, y, y3);
    }

    static void tile1x1(
            MemorySegment w, long w0, int k, MemorySegment x, long x0, MemorySegment y, long y0) {
        FloatVector s = FloatVector.zero(Species.FLOATS);
        for (int i = 0; i < k; i++) {
            s = floats(w, w0 + i * STEP).fma(broadcast(x.get(JAVA_FLOAT, x0 + 4L * i)), s);
        }
        store(s, y, y0);
    }
}
