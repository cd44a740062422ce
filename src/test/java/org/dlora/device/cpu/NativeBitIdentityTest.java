package org.dlora.device.cpu;

import net.jqwik.api.lifecycle.AddLifecycleHook;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(NeedsNativeKernels.class)
@AddLifecycleHook(NeedsNativeKernels.class)
class NativeBitIdentityTest extends BitIdentityTest {
    NativeBitIdentityTest() {
        super(new CpuDevice(CpuDevice.Native.AUTO));
    }
}
