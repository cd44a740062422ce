package org.dlora.device.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.nio.file.Path;
import java.util.List;
import org.dlora.device.DeviceMemory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The memory of the host in a container, which {@code dlora.memory: auto} begins with. It is read
 * in a process of its own, within a control group of the kernel.
 */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ContainerMemoryTest {
    private static final long LIMIT = 512L << 20;

    @Test
    void limitIsThatOfTheContainer() throws Exception {
        var group = MemoryCgroup.create(LIMIT);
        assumeThat(group).as("a control group, which root alone may make").isPresent();
        try (var inside = group.orElseThrow()) {
            var memory = new DeviceMemory(LIMIT, 100L << 20);
            assertThat(inside.run(java("-Xmx100m"))).contains(memory.toString());
        }
    }

    @Test
    void automaticHeapIsAQuarterOfTheContainer() throws Exception {
        var group = MemoryCgroup.create(LIMIT);
        assumeThat(group).as("a control group, which root alone may make").isPresent();
        try (var inside = group.orElseThrow()) {
            var memory = new DeviceMemory(LIMIT, LIMIT / 4);
            assertThat(inside.run(java("-XX:+UseParallelGC"))).contains(memory.toString());
        }
    }

    private static List<String> java(String option) {
        return List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                option,
                "--add-modules=jdk.incubator.vector",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                PrintedMemory.class.getName());
    }
}
