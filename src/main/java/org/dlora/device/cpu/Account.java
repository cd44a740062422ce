package org.dlora.device.cpu;

import java.util.concurrent.atomic.AtomicLong;

/** Counts the bytes that a device's weights and caches take. Thread-safe. */
final class Account {
    private final AtomicLong bytes = new AtomicLong();

    long bytes() {
        return bytes.get();
    }

    void add(long more) {
        bytes.addAndGet(more);
    }
}
