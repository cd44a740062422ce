package org.dlora.cluster.rebalance;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
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
 * <p>Java's own priorities have no effect on Linux. There {@code sched_setscheduler(2)} puts a
 * single thread into {@code SCHED_IDLE}, which threads that it starts inherit. It computes where no
 * other thread does, and the scheduler takes its processor for idle when a worker wakes up. With
 * the lowest nice value alone workers were put on one processor instead, and steps took twice as
 * long.
 */
final class BackgroundPriority {
    private static final Logger log = LoggerFactory.getLogger(BackgroundPriority.class);
    private static final int CALLING_THREAD = 0;
    private static final int SCHED_IDLE = 5;

    private BackgroundPriority() {}

    /** Lowers the priority of the calling thread, a platform thread, for good; on Linux only. */
    static void lower() {
        if (System.getProperty("os.name").equals("Linux")) {
            try {
                scheduler().ifPresent(BackgroundPriority::call);
            } catch (RuntimeException e) {
                log.debug("The priority of {} stays", Thread.currentThread().getName(), e);
            }
        }
    }

    @SuppressWarnings("restricted") // The signature is that of the manual page.
    private static Optional<MethodHandle> scheduler() {
        var linker = Linker.nativeLinker();
        var type = FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS);
        return linker.defaultLookup()
                .find("sched_setscheduler")
                .map(address -> linker.downcallHandle(address, type));
    }

    private static void call(MethodHandle scheduler) {
        try (var arena = Arena.ofConfined()) {
            var priority = arena.allocateFrom(JAVA_INT, 0);
            int result = (int) scheduler.invokeExact(CALLING_THREAD, SCHED_IDLE, priority);
            log.debug("Scheduler of {}: {}", Thread.currentThread().getName(), result);
        } catch (Throwable e) {
            throw new IllegalStateException("sched_setscheduler(2) cannot be called", e);
        }
    }
}
