package org.dlora.device.cuda.driver;

import jcuda.driver.CUdeviceptr;

/** An address in a GPU's memory, as JCuda takes it. */
final class Address extends CUdeviceptr {

    /** Creates one that a call of the driver fills in. */
    Address() {}

    Address(long value) {
        super(new CUdeviceptr(), value);
    }

    long value() {
        return getNativePointer() + getByteOffset();
    }
}
