package org.dlora.device.cpu;

import java.util.concurrent.atomic.AtomicLong;

/** Counts the bytes that a device's weights and caches take, and has its regions. Thread-safe. */
final class Account {
    private final AtomicLong bytes = new AtomicLong();
    private final Regions regions = new Regions();

    /** Where the device's matrices lie. */
    Regions regions() {
        return regions;
    }

    long bytes() {
        return bytes.get();
    }

    void add(long more) {
        bytes.addAndGet(more);
    }
}
