package org.dlora.device.cpu;

import net.jqwik.api.lifecycle.AddLifecycleHook;
import org.dlora.device.Device;
import org.dlora.device.MergeOperationsTest;
import org.junit.jupiter.api.extension.ExtendWith;

/** Merges where kernels in C multiply by bfloat16 matrices: no coarser than in Java. */
@ExtendWith(NeedsNativeKernels.class)
@AddLifecycleHook(NeedsNativeKernels.class)
class NativeMergeTest extends MergeOperationsTest {
    @Override
    protected Device device() {
        return new CpuDevice(CpuDevice.Native.AUTO);
    }
}
