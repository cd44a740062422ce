package org.dlora.device.cpu;

import org.dlora.device.cpu.natives.KernelFamily;

@NeedsKernels(KernelFamily.AVX512_BF16)
class Avx512Bf16OperationsTest extends RoundingOperationsTest {
    Avx512Bf16OperationsTest() {
        super(KernelFamily.AVX512_BF16);
    }
}
