package org.dlora.app;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;

/** Memory of this Java process: the limit on all of it, and the parts that are not the device's. */
final class ProcessMemory {
    /**
     * Bytes of a warm server beside heap and device memory: code, metadata, threads, buffers of
     * connections. The JVM has no limit for them.
     */
    private static final long OVERHEAD = 192L << 20;

    /** Bytes of heap for which the garbage collector keeps one byte of its own. */
    private static final int HEAP_PER_COLLECTOR_BYTE = 32;

    private ProcessMemory() {}

    /**
     * Returns the bytes of physical memory, or the container's limit where that is less. Cgroups of
     * both versions count, and the cgroups around them.
     */
    static long limit() {
        return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class)
                .getTotalMemorySize();
    }

    /** Returns the bytes that the Java heap may grow to. */
    static long heap() {
        return Runtime.getRuntime().maxMemory();
    }

    /** Returns the bytes that the JVM takes beside heap and device memory, as an estimate. */
    static long overhead() {
        return OVERHEAD + heap() / HEAP_PER_COLLECTOR_BYTE;
    }
}
