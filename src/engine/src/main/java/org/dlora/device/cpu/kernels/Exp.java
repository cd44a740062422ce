package org.dlora.device.cpu.kernels;

/**
 * The exponential function in float32, within 2 ulp of the exact value: the polynomial of Cephes'
 * {@code expf} on {@code |r| <= ln 2 / 2}, in fused multiply-adds. The vector kernels do the same
 * operations lane by lane, so their bits are equal.
 */
public final class Exp {
    /** Below it the result rounds to zero, above {@link #MAX} to infinity. */
    static final float MIN = -105;

    static final float MAX = 89;
    static final float LOG2_E = 1.442695f;

    /**
     * 1.5·2²³: adding it rounds a small float to an integer, which then stands in the low bits of
     * the sum.
     */
    static final float ROUND = 0x1.8p23f;

    static final int ROUND_BITS = 0x4b400000;
    static final float LN2_HIGH = 0.6933594f;
    static final float LN2_LOW = -2.12194440e-4f;
    static final float P0 = 1.9875691e-4f;
    static final float P1 = 1.3981999e-3f;
    static final float P2 = 8.333452e-3f;
    static final float P3 = 4.1665796e-2f;
    static final float P4 = 1.6666666e-1f;
    static final float P5 = 0.5f;

    private Exp() {}

    public static float exp(float value) {
        float x = Math.min(Math.max(value, MIN), MAX);
        float rounded = Math.fma(x, LOG2_E, ROUND);
        float n = rounded - ROUND;
        float r = Math.fma(n, -LN2_LOW, Math.fma(n, -LN2_HIGH, x));
        float p = Math.fma(P0, r, P1);
        p = Math.fma(p, r, P2);
        p = Math.fma(p, r, P3);
        p = Math.fma(p, r, P4);
        p = Math.fma(p, r, P5);
        p = Math.fma(p, r * r, r) + 1;
        int exponent = Float.floatToRawIntBits(rounded) - ROUND_BITS;
        // Two factors, because 2^exponent itself may be beyond the range of normal floats.
        int half = exponent >> 1;
        return p * powerOfTwo(half) * powerOfTwo(exponent - half);
    }

    private static float powerOfTwo(int exponent) {
        return Float.intBitsToFloat((exponent + 127) << 23);
    }
}
