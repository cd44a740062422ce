package org.dlora.device.cpu;

import net.jqwik.api.lifecycle.AddLifecycleHook;
import org.dlora.device.cpu.natives.KernelFamily;
import org.junit.jupiter.api.extension.ExtendWith;

@NeedsKernels(KernelFamily.AVX512_BF16)
@ExtendWith(NeedsNativeKernels.class)
@AddLifecycleHook(NeedsNativeKernels.class)
class Avx512Bf16BitIdentityTest extends BitIdentityTest {
    Avx512Bf16BitIdentityTest() {
        super(() -> new CpuDevice(KernelFamily.AVX512_BF16));
    }
}
