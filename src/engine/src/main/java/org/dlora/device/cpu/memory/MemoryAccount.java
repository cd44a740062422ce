package org.dlora.device.cpu.memory;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Account of the bytes that a device's weights and caches take, and of what was freed; has the
 * regions in which they lie. Thread-safe.
 */
public final class MemoryAccount {
    private final AtomicLong bytes;
    private final AtomicLong frees;
    private final Regions regions;

    /** Creates the account of a device that has taken nothing yet. */
    public MemoryAccount() {
        this(new AtomicLong(), new AtomicLong(), Regions.shared());
    }

    private MemoryAccount(AtomicLong bytes, AtomicLong frees, Regions regions) {
        this.bytes = bytes;
        this.frees = frees;
        this.regions = regions;
    }

    /**
     * Returns this account for {@code bytes} of weights that come and go together: they lie in one
     * region.
     */
    public MemoryAccount together(long bytes) {
        return new MemoryAccount(this.bytes, frees, Regions.together(bytes));
    }

    /** Returns the regions in which weights lie. */
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
