package org.dlora.device.cpu.memory;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Account of the bytes that a device's weights and caches take, and of what was freed; has the
 * device's regions. Thread-safe.
 */
public final class MemoryAccount {
    private final AtomicLong bytes = new AtomicLong();
    private final AtomicLong frees = new AtomicLong();
    private final Regions regions = new Regions();

    /** Returns the regions in which the device's matrices lie. */
    Regions regions() {
        return regions;
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

    /** Counts memory that was taken, or that blocks in use gave back ({@code more} below 0). */
    void add(long more) {
        bytes.addAndGet(more);
    }

    void remove(long less) {
        bytes.addAndGet(-less);
        frees.incrementAndGet();
    }
}
