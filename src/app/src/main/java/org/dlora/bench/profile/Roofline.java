package org.dlora.bench.profile;

import org.dlora.device.cpu.limits.CpuLimits;

/**
 * The roofline model (Williams, Waterman &amp; Patterson 2009): an operation takes at least the
 * time to fetch its bytes from memory, and at least the time to compute on its units.
 *
 * @param bandwidth bytes per second
 * @param peak float32 operations per second
 * @param bf16Peak operations per second of products with bfloat16 weights, by the family of kernels
 *     in use
 */
public record Roofline(double bandwidth, double peak, double bf16Peak) {

    private static Roofline of(CpuLimits limits) {
        return new Roofline(
                Math.max(limits.readBandwidth(), limits.oneThreadBandwidth()),
                limits.fmaPeak(),
                limits.bf16Peak().orElse(limits.fmaPeak()));
    }

    /** Returns the mean of the limits measured before and after. */
    public static Roofline between(CpuLimits before, CpuLimits after) {
        var first = of(before);
        var last = of(after);
        return new Roofline(
                (first.bandwidth + last.bandwidth) / 2,
                (first.peak + last.peak) / 2,
                (first.bf16Peak + last.bf16Peak) / 2);
    }

    /** Returns the least time in seconds: {@code max(bytes / bandwidth, flops / peak)}. */
    double seconds(Cost cost) {
        return Math.max(cost.bytes() / bandwidth, cost.flops() / peak + cost.dotFlops() / bf16Peak);
    }
}
