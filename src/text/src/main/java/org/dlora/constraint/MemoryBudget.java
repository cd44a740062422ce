package org.dlora.constraint;

import java.util.concurrent.atomic.AtomicLong;

/** Count of the bytes that the constraints of one vocabulary remember. Safe from any thread. */
final class MemoryBudget {
    private final long limit;
    private final AtomicLong used = new AtomicLong();

    /**
     * @param limit bytes
     */
    MemoryBudget(long limit) {
        this.limit = limit;
    }

    /** Returns a budget of one that counts for no other. */
    static MemoryBudget none() {
        return new MemoryBudget(Long.MAX_VALUE);
    }

    void add(long bytes) {
        used.addAndGet(bytes);
    }

    boolean isExceeded() {
        return used.get() > limit;
    }

    long used() {
        return used.get();
    }
}
