package org.dlora.bench.selftest;

/**
 * The largest error of a result that still counts as rounding.
 *
 * @param float32 roundings to float32, each of 2⁻²⁴ of the result, or of 1 where that is more
 * @param bfloat16 roundings of factors to bfloat16, each of 2⁻⁸ of the sum of absolute terms. They
 *     count on devices that round the factors of products with bfloat16 matrices.
 * @param stored roundings of the result to bfloat16, each of 2⁻⁸ of it
 */
record Allowance(double float32, double bfloat16, double stored) {
    static final Allowance EXACT = new Allowance(0, 0, 0);

    private static final double FLOAT32 = 0x1p-24;
    private static final double BFLOAT16 = 0x1p-8;

    static Allowance ofFloat32(double roundings) {
        return new Allowance(roundings, 0, 0);
    }

    Allowance plusBfloat16(double roundings) {
        return new Allowance(float32, bfloat16 + roundings, stored);
    }

    Allowance plusStored(double roundings) {
        return new Allowance(float32, bfloat16, stored + roundings);
    }

    /** Returns this on a device that rounds no factors. */
    Allowance ofFloat32Products() {
        return new Allowance(float32, 0, stored);
    }

    /**
     * Returns the largest error.
     *
     * @param expected result
     * @param magnitude sum of the absolute terms of the result
     */
    double of(double expected, double magnitude) {
        return float32 * FLOAT32 * Math.max(1, Math.abs(expected))
                + bfloat16 * BFLOAT16 * magnitude
                + stored * BFLOAT16 * Math.abs(expected);
    }
}
