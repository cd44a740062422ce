package org.dlora.device.cpu;

import java.util.OptionalDouble;

/**
 * What the machine can do at most, measured here and now: on virtual machines the limits change
 * from host to host and from hour to hour, so that a kernel's time says little without them.
 *
 * @param threads that the limits without another number hold for
 * @param oneThreadBandwidth bytes per second that one thread reads from memory
 * @param readBandwidth bytes per second that all threads read
 * @param fmaPeak float32 operations per second, a multiply-add being two
 * @param bf16DotPeak operations per second of bfloat16 dot products, a multiply-add being two;
 *     empty where the kernels in use have none
 */
public record CpuLimits(
        int threads,
        double oneThreadBandwidth,
        double readBandwidth,
        double fmaPeak,
        OptionalDouble bf16DotPeak) {
    private static final String MODULE = "jdk.incubator.vector";

    /** Read by each thread; no cache holds so much. */
    private static final long BYTES = 256L << 20;

    /**
     * Measures for some seconds.
     *
     * @param threads the caller's included; 0 = one per processor
     * @param use the limit of bfloat16 dot products counts where the kernels in use have them
     * @throws IllegalStateException if the JVM runs without the Vector API
     */
    public static CpuLimits measure(int threads, CpuDevice.Native use) {
        if (ModuleLayer.boot().findModule(MODULE).isEmpty()) {
            throw new IllegalStateException(
                    "The machine's limits are measured by the Vector API, but the JVM runs without it; start it with --add-modules="
                            + MODULE);
        }
        int all = threads == 0 ? Runtime.getRuntime().availableProcessors() : threads;
        try (var memory = Memory.allocate(all * BYTES)) {
            var segment = memory.segment();
            // Memory that was never written to is one and the same page of zeros.
            segment.fill((byte) 1);
            return new CpuLimits(
                    all,
                    LimitMeter.perSecond(1, VectorLimits.read(segment, all)),
                    LimitMeter.perSecond(all, VectorLimits.read(segment, all)),
                    LimitMeter.perSecond(all, VectorLimits.multiplyAdd(all)),
                    dotPeak(all, use));
        }
    }

    private static OptionalDouble dotPeak(int threads, CpuDevice.Native use) {
        var library = NativeLibrary.attempt().library();
        boolean isUsed = KernelChoice.best(use).linear() instanceof NativeLinear;
        return library == null || !isUsed
                ? OptionalDouble.empty()
                : OptionalDouble.of(
                        LimitMeter.perSecond(threads, NativeLimits.dot(library, threads)));
    }
}
