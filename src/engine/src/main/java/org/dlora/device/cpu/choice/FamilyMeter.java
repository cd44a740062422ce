package org.dlora.device.cpu.choice;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.dlora.device.cpu.limits.LimitLoop;
import org.dlora.device.cpu.limits.NativeLimits;
import org.dlora.device.cpu.linear.JavaLinear;
import org.dlora.device.cpu.linear.NativeLinear;
import org.dlora.device.cpu.matrix.PanelMatrix;
import org.dlora.device.cpu.memory.CpuActivations;
import org.dlora.device.cpu.memory.Memory;
import org.dlora.device.cpu.memory.MemoryAccount;
import org.dlora.device.cpu.natives.KernelFamily;
import org.dlora.device.cpu.natives.NativeLibrary;
import org.dlora.tensor.DType;

/**
 * Meter of {@link FamilyRates}. It times the kernels that serve, on one thread, for a matrix that
 * stays in the second-level cache. Kernels in Java are no part of it: at a start they are not
 * compiled yet.
 */
public final class FamilyMeter {
    private static final int ROWS = 64;
    private static final int OUTPUTS = 512;
    private static final int COLUMNS = 512;
    private static final double FLOPS = 2.0 * ROWS * OUTPUTS * COLUMNS;

    /** Families take turns, so that a slow moment of the machine meets all of them. */
    private static final int ROUNDS = 8;

    private static final long WARM_NANOS = TimeUnit.MILLISECONDS.toNanos(5);
    private static final long ROUND_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

    private static final long READ_BYTES = 64L << 20;
    private static final int READS = 3;
    private static final double NANOS = 1e9;

    private final NativeLibrary library;
    private final List<KernelFamily> families;
    private final JavaLinear java;

    /**
     * @param families in C, that run here
     * @param java for other matrices
     */
    public FamilyMeter(NativeLibrary library, List<KernelFamily> families, JavaLinear java) {
        this.library = library;
        this.families = List.copyOf(families);
        this.java = java;
    }

    /** Measures for about a tenth of a second. */
    public FamilyRates measure() {
        return new FamilyRates(flops(), bandwidth());
    }

    private Map<KernelFamily, Double> flops() {
        var best = new EnumMap<KernelFamily, Double>(KernelFamily.class);
        try (var w =
                        new PanelMatrix(
                                OUTPUTS,
                                COLUMNS,
                                DType.BF16,
                                NativeLinear.LANES,
                                new MemoryAccount());
                var x = new CpuActivations(ROWS, COLUMNS);
                var y = new CpuActivations(ROWS, OUTPUTS)) {
            // 0.75 in both dtypes.
            w.segment().fill((byte) 0x3f);
            x.segment().fill((byte) 0x3f);
            var all = w.panels(0, w.panels());
            var kernels = new EnumMap<KernelFamily, Runnable>(KernelFamily.class);
            for (var family : families) {
                var linear = new NativeLinear(library, family, java);
                kernels.put(
                        family,
                        () -> linear.linear(all, x.rowsFrom(0, 0), y.rowsFrom(0, 0), ROWS, null));
            }
            kernels.values().forEach(kernel -> rate(kernel, WARM_NANOS));
            for (int round = 0; round < ROUNDS; round++) {
                kernels.forEach((family, kernel) ->
                        best.merge(family, rate(kernel, ROUND_NANOS), Math::max));
            }
        }
        return best;
    }

    private static double rate(Runnable kernel, long nanos) {
        long start = System.nanoTime();
        int calls = 0;
        long taken;
        do {
            kernel.run();
            calls++;
            taken = System.nanoTime() - start;
        } while (taken < nanos);
        return calls * FLOPS * NANOS / taken;
    }

    private double bandwidth() {
        try (var memory = Memory.allocate(READ_BYTES)) {
            // Memory that was never written to is one and the same page of zeros.
            memory.segment().fill((byte) 1);
            var read = NativeLimits.read(library, memory.segment(), 1);
            double best = 0;
            for (int i = 0; i < READS; i++) {
                best = Math.max(best, rate(read));
            }
            return best;
        }
    }

    private static double rate(LimitLoop read) {
        long start = System.nanoTime();
        double bytes = read.run(0);
        return bytes * NANOS / (System.nanoTime() - start);
    }
}
