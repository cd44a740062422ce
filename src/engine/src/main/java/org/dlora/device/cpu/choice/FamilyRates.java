package org.dlora.device.cpu.choice;

import java.util.Collections;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.dlora.device.cpu.natives.KernelFamily;
import org.dlora.device.cpu.natives.NumericMode;

/**
 * Speed of each family's products on one thread.
 *
 * @param flops operations per second of a product with bfloat16 weights, a multiply-add being two,
 *     of each family that runs here; at least one of {@link #ORDER}
 * @param readBandwidth bytes per second that it reads from memory
 */
public record FamilyRates(Map<KernelFamily, Double> flops, double readBandwidth) {
    /** The families by their processors' features, the most capable first. */
    public static final List<KernelFamily> ORDER =
            List.of(
                    KernelFamily.AMX,
                    KernelFamily.AVX512_BF16,
                    KernelFamily.AVX512,
                    KernelFamily.JAVA);

    /** Ratio of rates below which noise, or another shape of a product, might turn the order. */
    private static final double CLEARLY = 1.2;

    /**
     * Share of their products' rate that multiply-adds are worth in a whole step: attention and
     * low-rank terms are in Java then, and keys and values take twice the memory.
     */
    private static final double OF_A_STEP = 0.75;

    private static final double GIGA = 1e9;

    public FamilyRates {
        var copy = new EnumMap<KernelFamily, Double>(KernelFamily.class);
        copy.putAll(flops);
        flops = Collections.unmodifiableMap(copy);
    }

    /**
     * Returns the family for a server: the first of {@link #ORDER}, unless others are at least 1.2
     * times as fast as that one; then the fastest. Float32 multiply-adds count three quarters of
     * their rate, because the rest of a step is slower then.
     */
    public KernelFamily best() {
        var families = ORDER.stream().filter(flops::containsKey).toList();
        double least = CLEARLY * ofStep(families.getFirst());
        return families.stream()
                .filter(family -> ofStep(family) >= least)
                .max(Comparator.comparingDouble(this::ofStep))
                .orElse(families.getFirst());
    }

    private double ofStep(KernelFamily family) {
        return rate(family) * (family.mode() == NumericMode.FLOAT32 ? OF_A_STEP : 1);
    }

    private double rate(KernelFamily family) {
        return flops.getOrDefault(family, 0.0);
    }

    /** Returns the rates in words: "AMX 900, AVX-512 BF16 200 GFLOP/s; memory 12 GB/s". */
    String words() {
        return ORDER.stream()
                        .filter(flops::containsKey)
                        .map(family -> "%s %.0f".formatted(family.title(), rate(family) / GIGA))
                        .collect(Collectors.joining(", "))
                + " GFLOP/s; memory %.0f GB/s".formatted(readBandwidth / GIGA);
    }
}
