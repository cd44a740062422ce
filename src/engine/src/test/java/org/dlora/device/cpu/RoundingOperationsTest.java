package org.dlora.device.cpu;

import net.jqwik.api.lifecycle.AddLifecycleHook;
import org.dlora.device.Device;
import org.dlora.device.OperationsTest;
import org.dlora.device.cpu.natives.KernelFamily;
import org.dlora.tensor.DType;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * The operations with kernels in C that round the inputs of bfloat16 products to bfloat16, and the
 * weights of the softmax over a bfloat16 cache.
 */
@ExtendWith(NeedsNativeKernels.class)
@AddLifecycleHook(NeedsNativeKernels.class)
abstract class RoundingOperationsTest extends OperationsTest {
    private final KernelFamily family;

    RoundingOperationsTest(KernelFamily family) {
        this.family = family;
    }

    @Override
    protected Device device() {
        return new CpuDevice(family);
    }

    @Override
    protected double coarseness(DType storage) {
        return storage == DType.BF16 ? 0x1p-8 / 0x1p-24 : 1;
    }

    @Override
    protected double attentionRoundings(DType cache) {
        return cache == DType.BF16 ? 4 * coarseness(cache) : super.attentionRoundings(cache);
    }
}
