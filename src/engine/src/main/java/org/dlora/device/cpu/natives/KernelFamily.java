package org.dlora.device.cpu.natives;

import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/**
 * A way to multiply by bfloat16 weights. A device uses one for every number of rows, so that the
 * bits of a row do not depend on the batch.
 */
public enum KernelFamily {
    /** Kernels in Java: float32 multiply-adds. */
    JAVA(NumericMode.FLOAT32, 0),
    /** Kernels in C: float32 multiply-adds of widened weights, with the bits of {@link #JAVA}. */
    AVX512(NumericMode.FLOAT32, 1),
    /** Kernels in C: bf16 dot products of AVX-512. */
    AVX512_BF16(NumericMode.BFLOAT16_DOT, 2),
    /** Kernels in C: bf16 tiles of Intel's AMX. */
    AMX(NumericMode.BFLOAT16_AMX, 4),
    /** Kernels in C with the bits of {@link #AMX} and without its instructions, for tests. */
    AMX_EMULATED(NumericMode.BFLOAT16_AMX, 2);

    private final NumericMode mode;
    private final int feature;

    KernelFamily(NumericMode mode, int feature) {
        this.mode = mode;
        this.feature = feature;
    }

    public NumericMode mode() {
        return mode;
    }

    /** Returns the name that settings and files carry, such as {@code avx512-bf16}. */
    public String label() {
        return suffix().replace('_', '-');
    }

    /** Returns the name in reports, such as {@code AVX-512 BF16}. */
    public String title() {
        return switch (this) {
            case JAVA -> "Java";
            case AVX512 -> "AVX-512";
            case AVX512_BF16 -> "AVX-512 BF16";
            case AMX -> "AMX";
            case AMX_EMULATED -> "emulated AMX";
        };
    }

    /** Returns the end of the names of the family's functions in {@code dlora.h}. */
    public String suffix() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * Returns the families that a machine can run.
     *
     * @param features as {@code dlora_features} returns them
     */
    static Set<KernelFamily> of(int features) {
        var families = EnumSet.of(JAVA);
        for (KernelFamily family : values()) {
            if ((features & family.feature) != 0) {
                families.add(family);
            }
        }
        return families;
    }
}
