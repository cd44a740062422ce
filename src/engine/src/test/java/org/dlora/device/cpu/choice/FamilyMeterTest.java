package org.dlora.device.cpu.choice;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.dlora.device.cpu.NeedsKernels;
import org.dlora.device.cpu.NeedsNativeKernels;
import org.dlora.device.cpu.kernels.ScalarKernels;
import org.dlora.device.cpu.linear.JavaLinear;
import org.dlora.device.cpu.natives.KernelFamily;
import org.dlora.device.cpu.natives.NativeLibrary;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@NeedsKernels(KernelFamily.AVX512_BF16)
@ExtendWith(NeedsNativeKernels.class)
class FamilyMeterTest {
    @Test
    void eachFamilyAndTheMemoryHaveARate() {
        var families = List.of(KernelFamily.AVX512_BF16, KernelFamily.AVX512);
        var library = requireNonNull(NativeLibrary.attempt().library());
        var java = new JavaLinear(new ScalarKernels(16, "the test"));

        var rates = new FamilyMeter(library, families, java).measure();

        assertThat(rates.flops()).containsOnlyKeys(families);
        assertThat(rates.flops().values()).allSatisfy(rate -> assertThat(rate).isPositive());
        assertThat(rates.readBandwidth()).isPositive();
    }
}
