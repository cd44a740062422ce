package org.dlora.engine;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;

/** Processor time of a thread, by which a slow thread is told from one that hangs. */
final class ProcessorTime {
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
    private static final boolean IS_KNOWN =
            THREADS.isThreadCpuTimeSupported() && THREADS.isThreadCpuTimeEnabled();

    private ProcessorTime() {}

    /** Returns the seconds that {@code thread} has used; NaN if unknown, or if it has ended. */
    static double seconds(Thread thread) {
        long nanos = IS_KNOWN ? THREADS.getThreadCpuTime(thread.threadId()) : -1;
        return nanos < 0 ? Double.NaN : 1e-9 * nanos;
    }
}
