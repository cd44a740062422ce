package org.dlora.device.cpu.limits;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import org.dlora.device.cpu.natives.NativeLibrary;

/** The loops of the limits that only C can reach. */
final class NativeLimits {
    private static final long TIMES = 1 << 17;

    /** {@code DLORA_READ_BYTES}. */
    private static final long RUN_BYTES = 1 << 16;

    private NativeLimits() {}

    /** Bfloat16 dot products on registers; a multiply-add counts two operations. */
    static LimitLoop dot(NativeLibrary library, int workers) {
        MethodHandle loop = library.function("dlora_dot_loop", JAVA_FLOAT, JAVA_LONG);
        double flops = (double) TIMES * flops(library);
        var sink = new float[workers];
        return worker -> {
            sink[worker] += run(loop);
            return flops;
        };
    }

    /**
     * Reads a part of {@code memory} once, as products of one row do.
     *
     * @param parts equal parts that {@code memory} is cut into, one a worker
     */
    static LimitLoop read(NativeLibrary library, MemorySegment memory, int parts) {
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

    private static long flops(NativeLibrary library) {
        try {
            return (long) library.function("dlora_dot_flops", JAVA_LONG).invokeExact();
        } catch (Throwable e) {
            throw NativeLibrary.rethrown(e);
        }
    }

    private static float run(MethodHandle loop) {
        try {
            return (float) loop.invokeExact(TIMES);
        } catch (Throwable e) {
            throw NativeLibrary.rethrown(e);
        }
    }
}
