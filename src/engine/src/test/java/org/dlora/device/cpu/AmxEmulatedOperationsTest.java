package org.dlora.device.cpu;

import org.dlora.device.cpu.natives.KernelFamily;

@NeedsKernels(KernelFamily.AMX_EMULATED)
class AmxEmulatedOperationsTest extends RoundingOperationsTest {
    AmxEmulatedOperationsTest() {
        super(KernelFamily.AMX_EMULATED);
    }
}
