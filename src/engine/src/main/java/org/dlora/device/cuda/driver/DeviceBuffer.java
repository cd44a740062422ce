package org.dlora.device.cuda.driver;

import java.util.concurrent.atomic.AtomicBoolean;
import jcuda.driver.JCudaDriver;

/** Memory of a GPU, uninitialised, on a boundary of 256 bytes. Thread-safe. */
public final class DeviceBuffer implements AutoCloseable {
    private final Context context;
    private final Address address = new Address();
    private final long bytes;
    private final AtomicBoolean isOpen = new AtomicBoolean(true);

    private DeviceBuffer(Context context, long bytes) {
        this.context = context;
        this.bytes = bytes;
        context.enter();
        // The driver refuses to allocate nothing.
        CudaException.check(
                JCudaDriver.cuMemAlloc(address, Math.max(bytes, 1)),
                "cuMemAlloc of %d bytes on cuda:%d".formatted(bytes, context.number()));
    }

    /**
     * Allocates memory.
     *
     * @throws CudaException if the GPU has none left
     */
    public static DeviceBuffer allocate(Context context, long bytes) {
        return new DeviceBuffer(context, bytes);
    }

    /**
     * Fills the memory with zeros, and waits for that. A stream of another thread may be captured
     * meanwhile, whose capture a wait for the whole context would end.
     */
    public void clear() {
        try (var stream = context.stream()) {
            stream.clear(address.value(), bytes);
            stream.await();
        }
    }

    public long bytes() {
        return bytes;
    }

    /**
     * Returns the address.
     *
     * @throws IllegalStateException if the memory was freed
     */
    public long address() {
        if (!isOpen.get()) {
            throw new IllegalStateException("the memory was freed");
        }
        return address.value();
    }

    public boolean isOpen() {
        return isOpen.get();
    }

    /**
     * Frees the memory once the GPU has done all work that it has. After a sticky error the memory
     * is gone with the context. Closing again does nothing.
     */
    @Override
    public void close() {
        if (isOpen.compareAndSet(true, false)) {
            context.enterToFree();
            CudaException.checkFreed(JCudaDriver.cuMemFree(address), "cuMemFree");
        }
    }
}
