package org.dlora.app;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;

/** Memory of the machine and of this process. */
final class Memory {
    /**
     * What a warm server takes beside heap and device memory: code, metadata, threads, buffers of
     * connections. The JVM has no limit for it; 170 MB were measured.
     */
    private static final long OVERHEAD = 192L << 20;

    /** The garbage collector keeps a byte of its own for so many of the heap. */
    private static final int HEAP_PER_COLLECTOR_BYTE = 32;

    private Memory() {}

    /**
     * Bytes of physical memory, or of the container's limit where that is less (cgroups of either
     * version, and those around them).
     */
    static long total() {
        return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class)
                .getTotalMemorySize();
    }

    /** Bytes that the Java heap may grow to. */
    static long heap() {
        return Runtime.getRuntime().maxMemory();
    }

    /** Bytes that the JVM takes beside the heap, as an estimate. */
    static long jvm() {
        return OVERHEAD + heap() / HEAP_PER_COLLECTOR_BYTE;
    }
}
