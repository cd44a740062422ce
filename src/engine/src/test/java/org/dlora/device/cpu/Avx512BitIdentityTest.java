package org.dlora.device.cpu;

import net.jqwik.api.lifecycle.AddLifecycleHook;
import org.dlora.device.cpu.natives.KernelFamily;
import org.junit.jupiter.api.extension.ExtendWith;

@NeedsKernels(KernelFamily.AVX512)
@ExtendWith(NeedsNativeKernels.class)
@AddLifecycleHook(NeedsNativeKernels.class)
class Avx512BitIdentityTest extends BitIdentityTest {
    Avx512BitIdentityTest() {
        super(() -> new CpuDevice(KernelFamily.AVX512));
    }
}
