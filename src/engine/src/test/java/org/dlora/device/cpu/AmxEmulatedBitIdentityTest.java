package org.dlora.device.cpu;

import net.jqwik.api.lifecycle.AddLifecycleHook;
import org.dlora.device.cpu.natives.KernelFamily;
import org.junit.jupiter.api.extension.ExtendWith;

@NeedsKernels(KernelFamily.AMX_EMULATED)
@ExtendWith(NeedsNativeKernels.class)
@AddLifecycleHook(NeedsNativeKernels.class)
class AmxEmulatedBitIdentityTest extends BitIdentityTest {
    AmxEmulatedBitIdentityTest() {
        super(() -> new CpuDevice(KernelFamily.AMX_EMULATED));
    }
}
