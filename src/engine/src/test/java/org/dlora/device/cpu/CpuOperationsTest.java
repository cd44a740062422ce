package org.dlora.device.cpu;

import org.dlora.device.Device;
import org.dlora.device.OperationsTest;
import org.junit.jupiter.api.Tag;

/** The CPU's operations against the oracle, with the kernels that this JVM chooses. */
@Tag("kernels")
@net.jqwik.api.Tag("kernels")
class CpuOperationsTest extends OperationsTest {
    @Override
    protected Device device() {
        return new CpuDevice();
    }
}
