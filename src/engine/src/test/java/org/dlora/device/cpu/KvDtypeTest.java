package org.dlora.device.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import org.dlora.device.cpu.natives.KernelFamily;
import org.dlora.tensor.DType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

class KvDtypeTest {
    @Test
    void javaAloneKeepsFloat32() {
        assertThat(new CpuDevice().kvDtype(DType.BF16)).isEqualTo(DType.F32);
        assertThat(new CpuDevice().kvDtype(DType.F32)).isEqualTo(DType.F32);
    }

    @Test
    @NeedsKernels(KernelFamily.AVX512)
    @ExtendWith(NeedsNativeKernels.class)
    void kernelsThatDoNotRoundKeepFloat32() {
        assertThat(new CpuDevice(KernelFamily.AVX512).kvDtype(DType.BF16)).isEqualTo(DType.F32);
    }

    @Test
    @NeedsKernels(KernelFamily.AVX512_BF16)
    @ExtendWith(NeedsNativeKernels.class)
    void kernelsThatRoundKeepTheDtypeOfTheWeights() {
        var device = new CpuDevice(KernelFamily.AVX512_BF16);
        assertThat(device.kvDtype(DType.BF16)).isEqualTo(DType.BF16);
        assertThat(device.kvDtype(DType.F32)).isEqualTo(DType.F32);
    }
}
