package org.dlora.device.cuda.memory;

import java.util.concurrent.atomic.AtomicLong;
import org.dlora.device.cuda.driver.Context;
import org.dlora.device.cuda.driver.DeviceBuffer;

/** Account of the bytes that weights and caches take on a GPU, and of what was freed. */
public final class CudaAccount {
    private final Context context;
    private final AtomicLong bytes = new AtomicLong();
    private final AtomicLong frees = new AtomicLong();

    public CudaAccount(Context context) {
        this.context = context;
    }

    Context context() {
        return context;
    }

    /** Allocates memory that is counted until {@link #free}. */
    DeviceBuffer allocate(long size) {
        var buffer = DeviceBuffer.allocate(context, size);
        bytes.addAndGet(size);
        return buffer;
    }

    /** Frees memory; again does nothing. */
    void free(DeviceBuffer buffer) {
        if (buffer.isOpen()) {
            buffer.close();
            bytes.addAndGet(-buffer.bytes());
            frees.incrementAndGet();
        }
    }

    public long bytes() {
        return bytes.get();
    }

    /**
     * Returns how often memory was freed so far. While the number stays the same, what was there is
     * still there.
     */
    public long frees() {
        return frees.get();
    }
}
