package org.dlora.device.cpu;

import org.junit.jupiter.api.Tag;

@Tag("kernels")
@net.jqwik.api.Tag("kernels")
class JavaBitIdentityTest extends BitIdentityTest {
    JavaBitIdentityTest() {
        super(CpuDevice::new);
    }
}
