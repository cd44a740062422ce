package org.dlora.device.cpu.limits;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.Optional;
import org.dlora.device.cpu.natives.KernelFamily;
import org.dlora.device.cpu.natives.NativeLibrary;

/** The loops of the limits that only C can reach. */
public final class NativeLimits {
    private static final long DOT_TIMES = 1 << 17;
    private static final long TILE_TIMES = 1 << 15;

    /** {@code DLORA_READ_BYTES}. */
    private static final long RUN_BYTES = 1 << 16;

    private NativeLimits() {}

    /**
     * Returns products of bfloat16 on registers by the units of {@code family}; a multiply-add
     * counts two operations. Empty if the family multiplies in float32.
     */
    static Optional<LimitLoop> bf16(NativeLibrary library, KernelFamily family, int workers) {
        return switch (family.mode()) {
            case FLOAT32 -> Optional.empty();
            case BFLOAT16_DOT ->
                    Optional.of(
                            registers(
                                    library,
                                    "dlora_dot_loop",
                                    "dlora_dot_flops",
                                    DOT_TIMES,
                                    workers));
            case BFLOAT16_AMX ->
                    Optional.of(
                            registers(
                                    library,
                                    "dlora_tile_loop_" + family.suffix(),
                                    "dlora_tile_flops_" + family.suffix(),
                                    TILE_TIMES,
                                    workers));
        };
    }

    private static LimitLoop registers(
            NativeLibrary library, String name, String flopsName, long times, int workers) {
        MethodHandle loop = library.function(name, JAVA_FLOAT, JAVA_LONG);
        double flops = (double) times * flops(library.function(flopsName, JAVA_LONG));
        var sink = new float[workers];
        return worker -> {
            sink[worker] += run(loop, times);
            return flops;
        };
    }

    /**
     * Reads a part of {@code memory} once, as products of one row do.
     *
     * @param parts equal parts that {@code memory} is cut into, one a worker
     */
    public static LimitLoop read(NativeLibrary library, MemorySegment memory, int parts) {
        MethodHandle loop = library.function("dlora_read_loop", JAVA_INT, JAVA_LONG, JAVA_LONG);
        long runs = memory.byteSize() / parts / RUN_BYTES;
        var sink = new int[parts];
        return worker -> {
            sink[worker] += read(loop, memory.address() + worker * runs * RUN_BYTES, runs);
            return (double) runs * RUN_BYTES;
        };
    }

    private static int read(MethodHandle loop, long address, long runs) {
        try {
            return (int) loop.invokeExact(address, runs);
        } catch (Throwable e) {
            throw NativeLibrary.rethrown(e);
        }
    }

    private static long flops(MethodHandle flops) {
        try {
            return (long) flops.invokeExact();
        } catch (Throwable e) {
            throw NativeLibrary.rethrown(e);
        }
    }

    private static float run(MethodHandle loop, long times) {
        try {
            return (float) loop.invokeExact(times);
        } catch (Throwable e) {
            throw NativeLibrary.rethrown(e);
        }
    }
}
