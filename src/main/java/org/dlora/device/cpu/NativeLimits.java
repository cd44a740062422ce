package org.dlora.device.cpu;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.invoke.MethodHandle;

/** The loops of the limits that only C can reach. */
final class NativeLimits {
    private static final long TIMES = 1 << 17;

    private NativeLimits() {}

    /** Bfloat16 dot products on registers; a multiply-add counts two operations. */
    static LimitLoop dot(NativeLibrary library, int members) {
        MethodHandle loop = library.function("dlora_dot_loop", JAVA_FLOAT, JAVA_LONG);
        double flops = (double) TIMES * flops(library);
        var sink = new float[members];
        return member -> {
            sink[member] += run(loop);
            return flops;
        };
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
