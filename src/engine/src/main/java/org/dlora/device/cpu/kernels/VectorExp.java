package org.dlora.device.cpu.kernels;

import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static org.dlora.device.cpu.kernels.Species.FLOATS;
import static org.dlora.device.cpu.kernels.Species.LANES;
import static org.dlora.device.cpu.kernels.Species.ORDER;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/**
 * {@link Exp} in the Vector API, a vector at a time. It reads and writes memory, because a vector
 * that is passed to a method may become an object.
 */
final class VectorExp {
    private VectorExp() {}

    /** {@code y[i] = exp(factor·x[i] + addend)} for the n values that fill whole vectors. */
    static void exp(
            MemorySegment x,
            long xOffset,
            float factor,
            float addend,
            MemorySegment y,
            long yOffset,
            int n) {
        FloatVector factors = FloatVector.broadcast(FLOATS, factor);
        for (int i = 0; i + LANES <= n; i += LANES) {
            FloatVector value = FloatVector.fromMemorySegment(FLOATS, x, xOffset + 4L * i, ORDER);
            value =
                    value.fma(factors, FloatVector.broadcast(FLOATS, addend))
                            .max(Exp.MIN)
                            .min(Exp.MAX);
            FloatVector rounded =
                    value.fma(
                            FloatVector.broadcast(FLOATS, Exp.LOG2_E),
                            FloatVector.broadcast(FLOATS, Exp.ROUND));
            FloatVector whole = rounded.sub(Exp.ROUND);
            FloatVector r = whole.fma(FloatVector.broadcast(FLOATS, -Exp.LN2_HIGH), value);
            r = whole.fma(FloatVector.broadcast(FLOATS, -Exp.LN2_LOW), r);
            FloatVector p =
                    r.fma(
                            FloatVector.broadcast(FLOATS, Exp.P0),
                            FloatVector.broadcast(FLOATS, Exp.P1));
            p = p.fma(r, FloatVector.broadcast(FLOATS, Exp.P2));
            p = p.fma(r, FloatVector.broadcast(FLOATS, Exp.P3));
            p = p.fma(r, FloatVector.broadcast(FLOATS, Exp.P4));
            p = p.fma(r, FloatVector.broadcast(FLOATS, Exp.P5));
            p = p.fma(r.mul(r), r).add(1f);
            IntVector exponent = rounded.reinterpretAsInts().sub(Exp.ROUND_BITS);
            IntVector half = exponent.lanewise(ASHR, 1);
            p = p.mul(half.add(127).lanewise(LSHL, 23).reinterpretAsFloats());
            p = p.mul(exponent.sub(half).add(127).lanewise(LSHL, 23).reinterpretAsFloats());
            p.intoMemorySegment(y, yOffset + 4L * i, ORDER);
        }
    }
}
