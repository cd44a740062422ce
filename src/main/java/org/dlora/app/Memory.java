package org.dlora.app;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;

/** How much memory there is: the container's where it has a limit. */
final class Memory {
    private Memory() {}

    /** Bytes. */
    static long total() {
        return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class)
                .getTotalMemorySize();
    }

    /** Bytes that the Java heap may grow to. */
    static long heap() {
        return Runtime.getRuntime().maxMemory();
    }
}
