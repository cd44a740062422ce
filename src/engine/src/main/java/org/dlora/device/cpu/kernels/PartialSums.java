package org.dlora.device.cpu.kernels;

/**
 * Sum of 16 partial sums in a fixed order: 8 apart, 4 apart, 2 apart, 1 apart. Java kernels keep to
 * it, so that their results agree bit for bit.
 */
public final class PartialSums {
    private PartialSums() {}

    /** Overwrites {@code sums}. */
    public static float total(float[] sums) {
        for (int distance = 8; distance > 0; distance >>= 1) {
            for (int i = 0; i < distance; i++) {
                sums[i] += sums[i + distance];
            }
        }
        return sums[0];
    }
}
