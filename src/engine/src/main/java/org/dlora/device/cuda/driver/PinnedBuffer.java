package org.dlora.device.cuda.driver;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicBoolean;
import jcuda.driver.JCudaDriver;

/** Page-locked memory of the host, which a GPU copies to and from beside the processor's work. */
public final class PinnedBuffer implements AutoCloseable {
    private final Context context;
    private final HostAddress address = new HostAddress();
    private final MemorySegment segment;
    private final AtomicBoolean isOpen = new AtomicBoolean(true);

    private PinnedBuffer(Context context, long bytes) {
        this.context = context;
        context.enter();
        CudaException.check(
                JCudaDriver.cuMemHostAlloc(address, Math.max(bytes, 1), 0),
                "cuMemHostAlloc of %d bytes".formatted(bytes));
        this.segment = at(address.value(), bytes);
    }

    @SuppressWarnings("restricted") // The driver has allocated it.
    private static MemorySegment at(long address, long bytes) {
        return MemorySegment.ofAddress(address).reinterpret(bytes);
    }

    public static PinnedBuffer allocate(Context context, long bytes) {
        return new PinnedBuffer(context, bytes);
    }

    /** Returns the memory, to be used until it is closed. */
    public MemorySegment segment() {
        return segment;
    }

    public long bytes() {
        return segment.byteSize();
    }

    public boolean isOpen() {
        return isOpen.get();
    }

    @Override
    public void close() {
        if (isOpen.compareAndSet(true, false)) {
            context.enterToFree();
            CudaException.checkFreed(JCudaDriver.cuMemFreeHost(address), "cuMemFreeHost");
        }
    }
}
