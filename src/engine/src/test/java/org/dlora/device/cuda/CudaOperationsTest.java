package org.dlora.device.cuda;

import net.jqwik.api.lifecycle.AddLifecycleHook;
import org.dlora.device.Device;
import org.dlora.device.OperationsTest;
import org.dlora.tensor.DType;
import org.junit.jupiter.api.extension.ExtendWith;

/** A GPU's operations against the oracle. */
@ExtendWith(NeedsCuda.class)
@AddLifecycleHook(NeedsCuda.class)
class CudaOperationsTest extends OperationsTest {
    @Override
    protected Device device() {
        return SharedGpu.number(0);
    }

    /** Inputs of products with bfloat16 matrices are rounded to bfloat16. */
    @Override
    protected double coarseness(DType storage) {
        return storage == DType.BF16 ? 0x1p-8 / 0x1p-24 : 1;
    }

    @Override
    protected double attentionRoundings(DType cache) {
        return cache == DType.BF16 ? 4 * coarseness(cache) : super.attentionRoundings(cache);
    }
}
