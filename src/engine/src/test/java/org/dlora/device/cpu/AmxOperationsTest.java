package org.dlora.device.cpu;

import org.dlora.device.cpu.natives.KernelFamily;

@NeedsKernels(KernelFamily.AMX)
class AmxOperationsTest extends RoundingOperationsTest {
    AmxOperationsTest() {
        super(KernelFamily.AMX);
    }
}
