package org.dlora.device.cuda.driver;

import java.lang.foreign.MemorySegment;
import jcuda.Pointer;

/** An address in the host's memory, as JCuda takes it. */
final class HostAddress extends Pointer {

    /** Creates one that a call of the driver fills in. */
    HostAddress() {}

    /**
     * Creates the address of memory off the heap, which must live as long as the driver uses it.
     */
    HostAddress(MemorySegment memory) {
        super(native0(memory));
    }

    private static long native0(MemorySegment memory) {
        if (!memory.isNative()) {
            throw new IllegalArgumentException("memory on the heap has no address");
        }
        return memory.address();
    }

    long value() {
        return getNativePointer() + getByteOffset();
    }
}
