package org.dlora.device.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.dlora.device.cpu.natives.KernelFamily;
import org.dlora.tensor.DType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Devices whose kernels are chosen by measurement, and devices whose kernels are not. */
@NeedsKernels(KernelFamily.AVX512_BF16)
@ExtendWith(NeedsNativeKernels.class)
class MeasuredKernelsTest {
    @TempDir private Path folder;

    private Path file() throws IOException {
        try (var files = Files.list(folder)) {
            return files.findFirst().orElseThrow();
        }
    }

    @Test
    void laterDevicesHaveTheKernelsOfTheFirst() throws IOException {
        var first = CpuDevice.measured(CpuDevice.Native.AUTO, folder);
        var later = CpuDevice.measured(CpuDevice.Native.AUTO, folder);

        assertThat(first.kernels())
                .startsWith(first.family().family().title() + " in C for bfloat16 matrices, ")
                .contains(" (measured now, on one thread: ");
        assertThat(later.kernels()).contains(" (remembered in " + file());
        assertThat(later.family().family()).isEqualTo(first.family().family());
        // The file has rates in units of 10⁹, so the last bit may differ.
        assertThat(later.family().rates())
                .usingRecursiveComparison()
                .withComparatorForType(MeasuredKernelsTest::compare, Double.class)
                .isEqualTo(first.family().rates());
    }

    private static int compare(double one, double other) {
        return Math.abs(one - other) <= 1e-9 * one ? 0 : Double.compare(one, other);
    }

    @Test
    void rememberedChoicesAreUsed() throws IOException {
        var first = CpuDevice.measured(CpuDevice.Native.AUTO, folder);
        var chosen = "\"chosen\" : \"%s\"";
        Files.writeString(
                file(),
                Files.readString(file())
                        .replace(
                                chosen.formatted(first.family().family().label()),
                                chosen.formatted("avx512")));

        var device = CpuDevice.measured(CpuDevice.Native.AUTO, folder);

        assertThat(device.kernels()).startsWith("AVX-512 in C");
        assertThat(device.kvDtype(DType.BF16)).isEqualTo(DType.F32);
    }

    @Test
    void kernelsThatAreSetAreNotMeasured() {
        var dot = CpuDevice.measured(CpuDevice.Native.AVX512_BF16, folder);
        var java = CpuDevice.measured(CpuDevice.Native.OFF, folder);

        assertThat(dot.family().family()).isEqualTo(KernelFamily.AVX512_BF16);
        assertThat(dot.kernels()).startsWith("AVX-512 BF16 in C").endsWith("(as the settings say)");
        assertThat(java.family().family()).isEqualTo(KernelFamily.JAVA);
        assertThat(java.kernels()).endsWith("(as the settings say)");
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void withoutAFolderTheProcessorsFeaturesDecide() {
        var device = new CpuDevice(CpuDevice.Native.AUTO);
        assertThat(device.kernels()).contains("(the first of ", " by the processor's features)");
        assertThat(device.family().family())
                .isEqualTo(
                        KernelChoice.missing(KernelFamily.AMX).isEmpty()
                                ? KernelFamily.AMX
                                : KernelFamily.AVX512_BF16);
    }
}
