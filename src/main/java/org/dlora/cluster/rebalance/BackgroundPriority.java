package org.dlora.cluster.rebalance;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.invoke.MethodHandle;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Priority of threads that compute beside the steps of replicas. The workers of a step wait for
 * each other, so another thread that takes a processor from one of them delays all.
 *
 * <p>Java's own priorities have no effect on Linux. There {@code setpriority(2)} sets the nice
 * value of a single thread, and threads that it starts inherit it. With 19 a thread gets a sixtieth
 * of a processor on which a step computes, and all of an idle one.
 */
final class BackgroundPriority {
    private static final Logger log = LoggerFactory.getLogger(BackgroundPriority.class);
    private static final int PRIO_PROCESS = 0;
    private static final int CALLING_THREAD = 0;
    private static final int LOWEST = 19;

    private BackgroundPriority() {}

    /** Lowers the priority of the calling thread, a platform thread, for good. */
    static void lower() {
        Thread.currentThread().setPriority(Thread.MIN_PRIORITY);
        if (System.getProperty("os.name").equals("Linux")) {
            try {
                setPriority().ifPresent(BackgroundPriority::call);
            } catch (RuntimeException e) {
                log.debug("The priority of {} stays", Thread.currentThread().getName(), e);
            }
        }
    }

    private static Optional<MethodHandle> setPriority() {
        var linker = Linker.nativeLinker();
        var type = FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT);
        return linker.defaultLookup()
                .find("setpriority")
                .map(address -> linker.downcallHandle(address, type));
    }

    private static void call(MethodHandle setPriority) {
        try {
            int result = (int) setPriority.invokeExact(PRIO_PROCESS, CALLING_THREAD, LOWEST);
            log.debug("setpriority of {}: {}", Thread.currentThread().getName(), result);
        } catch (Throwable e) {
            throw new IllegalStateException("setpriority(2) cannot be called", e);
        }
    }
}
