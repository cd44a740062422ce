package org.dlora.device.cpu.memory;

/** The upper half of an IEEE float32: 8 exponent bits, 7 fraction bits. */
public final class Bfloat16 {
    private Bfloat16() {}

    /** Nearest bfloat16, ties to even; overflows to infinity, keeps NaN a NaN. */
    public static short round(float value) {
        int bits = Float.floatToRawIntBits(value);
        if (Float.isNaN(value)) {
            return (short) ((bits >>> 16) | 0x40);
        }
        return (short) ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16);
    }

    /** Exact. */
    public static float widen(short value) {
        return Float.intBitsToFloat(value << 16);
    }
}
