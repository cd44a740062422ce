package org.dlora.device.cpu;

import net.jqwik.api.lifecycle.AddLifecycleHook;
import org.dlora.device.cpu.natives.KernelFamily;
import org.junit.jupiter.api.extension.ExtendWith;

@NeedsKernels(KernelFamily.AMX)
@ExtendWith(NeedsNativeKernels.class)
@AddLifecycleHook(NeedsNativeKernels.class)
class AmxBitIdentityTest extends BitIdentityTest {
    AmxBitIdentityTest() {
        super(() -> new CpuDevice(KernelFamily.AMX));
    }
}
