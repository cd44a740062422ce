package org.dlora.device.cpu;

import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.LSHL;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/** {@link Exp} in lanes. */
final class VectorExp {
    private static final FloatVector P1 = Species.broadcast(Exp.P1);
    private static final FloatVector P2 = Species.broadcast(Exp.P2);
    private static final FloatVector P3 = Species.broadcast(Exp.P3);
    private static final FloatVector P4 = Species.broadcast(Exp.P4);
    private static final FloatVector P5 = Species.broadcast(Exp.P5);
    private static final FloatVector LOG2_E = Species.broadcast(Exp.LOG2_E);
    private static final FloatVector ROUND = Species.broadcast(Exp.ROUND);
    private static final FloatVector LN2_HIGH = Species.broadcast(-Exp.LN2_HIGH);
    private static final FloatVector LN2_LOW = Species.broadcast(-Exp.LN2_LOW);

    private VectorExp() {}

    static FloatVector exp(FloatVector value) {
        FloatVector x = value.max(Exp.MIN).min(Exp.MAX);
        FloatVector rounded = x.fma(LOG2_E, ROUND);
        FloatVector n = rounded.sub(ROUND);
        FloatVector r = n.fma(LN2_LOW, n.fma(LN2_HIGH, x));
        FloatVector p = Species.broadcast(Exp.P0).fma(r, P1);
        p = p.fma(r, P2);
        p = p.fma(r, P3);
        p = p.fma(r, P4);
        p = p.fma(r, P5);
        p = p.fma(r.mul(r), r).add(1f);
        IntVector exponent = rounded.reinterpretAsInts().sub(Exp.ROUND_BITS);
        IntVector half = exponent.lanewise(ASHR, 1);
        return p.mul(powerOfTwo(half)).mul(powerOfTwo(exponent.sub(half)));
    }

    private static FloatVector powerOfTwo(IntVector exponent) {
        return exponent.add(127).lanewise(LSHL, 23).reinterpretAsFloats();
    }
}
