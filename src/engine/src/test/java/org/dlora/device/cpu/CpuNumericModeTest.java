package org.dlora.device.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import org.dlora.device.cpu.kernels.ScalarKernels;
import org.dlora.device.cpu.natives.KernelFamily;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

class CpuNumericModeTest {
    @Test
    void javaAloneComputesInFloat32WhateverItsVectors() {
        assertThat(new CpuDevice().numericMode()).isEqualTo("float32");
        var scalar = new CpuDevice(KernelChoice.java(new ScalarKernels(2, "the test")));
        assertThat(scalar.numericMode()).isEqualTo("float32");
    }

    @Test
    @NeedsKernels(KernelFamily.AVX512)
    @ExtendWith(NeedsNativeKernels.class)
    void kernelsInCWithTheBitsOfJavaHaveItsMode() {
        assertThat(new CpuDevice(KernelFamily.AVX512).numericMode()).isEqualTo("float32");
    }

    @Test
    @NeedsKernels(KernelFamily.AVX512_BF16)
    @ExtendWith(NeedsNativeKernels.class)
    void dotProductsHaveTheirOwnMode() {
        assertThat(new CpuDevice(KernelFamily.AVX512_BF16).numericMode()).isEqualTo("bfloat16-dot");
    }

    @Test
    @NeedsKernels(KernelFamily.AMX_EMULATED)
    @ExtendWith(NeedsNativeKernels.class)
    void tilesHaveTheirOwnMode() {
        assertThat(new CpuDevice(KernelFamily.AMX_EMULATED).numericMode())
                .isEqualTo("bfloat16-amx");
    }
}
