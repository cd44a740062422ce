package org.dlora.device.cpu.limits;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.dlora.device.cpu.NeedsKernels;
import org.dlora.device.cpu.NeedsNativeKernels;
import org.dlora.device.cpu.memory.Memory;
import org.dlora.device.cpu.natives.KernelFamily;
import org.dlora.device.cpu.natives.NativeLibrary;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(NeedsNativeKernels.class)
class NativeLimitsTest {
    private static final int RUN = 1 << 16;
    private static final double TILE_FLOPS = (1 << 15) * 4.0 * 16 * 16 * 32 * 2;

    @Test
    void readingCountsTheWholeRunsOfEachPart() {
        var library = requireNonNull(NativeLibrary.attempt().library());
        try (var memory = Memory.allocate(5 * RUN)) {
            var read = NativeLimits.read(library, memory.segment(), 2);

            assertThat(read.run(0)).isEqualTo(2 * RUN);
            assertThat(read.run(1)).isEqualTo(2 * RUN);
        }
    }

    @Test
    @NeedsKernels(KernelFamily.AVX512_BF16)
    void productsOfBfloat16CountTwoOperationsForEachMultiplyAdd() {
        assertThat(flops(KernelFamily.AVX512_BF16)).isEqualTo((1 << 17) * 24.0 * 16 * 2 * 2);
        assertThat(flops(KernelFamily.AMX_EMULATED)).isEqualTo(TILE_FLOPS);
    }

    @Test
    @NeedsKernels(KernelFamily.AMX)
    void productsOfTilesCountTheSame() {
        assertThat(flops(KernelFamily.AMX)).isEqualTo(TILE_FLOPS);
    }

    private static double flops(KernelFamily family) {
        return loop(family).orElseThrow().run(0);
    }

    private static Optional<LimitLoop> loop(KernelFamily family) {
        var library = requireNonNull(NativeLibrary.attempt().library());
        return NativeLimits.bf16(library, family, 1);
    }

    @Test
    void familiesOfFloat32HaveNoUnitsOfTheirOwn() {
        assertThat(loop(KernelFamily.JAVA)).isEmpty();
        assertThat(loop(KernelFamily.AVX512)).isEmpty();
    }
}
