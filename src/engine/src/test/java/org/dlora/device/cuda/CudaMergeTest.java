package org.dlora.device.cuda;

import net.jqwik.api.lifecycle.AddLifecycleHook;
import org.dlora.device.Device;
import org.dlora.device.MergeOperationsTest;
import org.junit.jupiter.api.extension.ExtendWith;

/** Merges on a GPU. */
@ExtendWith(NeedsCuda.class)
@AddLifecycleHook(NeedsCuda.class)
class CudaMergeTest extends MergeOperationsTest {
    @Override
    protected Device device() {
        return SharedGpu.number(0);
    }
}
