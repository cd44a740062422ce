package org.dlora.device.cpu.attention;

import org.dlora.device.cpu.CpuDevice;
import org.dlora.device.cpu.NeedsKernels;
import org.dlora.device.cpu.NeedsNativeKernels;
import org.dlora.device.cpu.natives.KernelFamily;
import org.junit.jupiter.api.extension.ExtendWith;

@NeedsKernels(KernelFamily.AMX)
@ExtendWith(NeedsNativeKernels.class)
class AmxNativeAttentionTest extends NativeAttentionTest {
    @Override
    CpuDevice.Native kernels() {
        return CpuDevice.Native.AMX;
    }
}
