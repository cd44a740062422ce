package org.dlora.device.cpu.limits;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import org.dlora.device.cpu.NeedsNativeKernels;
import org.dlora.device.cpu.memory.Memory;
import org.dlora.device.cpu.natives.NativeLibrary;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(NeedsNativeKernels.class)
class NativeLimitsTest {
    private static final int RUN = 1 << 16;

    @Test
    void readingCountsTheWholeRunsOfEachPart() {
        var library = requireNonNull(NativeLibrary.attempt().library());
        try (var memory = Memory.allocate(5 * RUN)) {
            var read = NativeLimits.read(library, memory.segment(), 2);

            assertThat(read.run(0)).isEqualTo(2 * RUN);
            assertThat(read.run(1)).isEqualTo(2 * RUN);
        }
    }
}
