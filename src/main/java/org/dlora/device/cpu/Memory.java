package org.dlora.device.cpu;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Zeroed memory off the heap, on a cache-line boundary, that any thread may use until it is freed.
 */
record Memory(Arena arena, MemorySegment segment) implements AutoCloseable {
    private static final long CACHE_LINE = 64;

    @SuppressWarnings("MustBeClosedChecker") // The record owns the arena.
    static Memory allocate(long bytes) {
        var arena = Arena.ofShared();
        try {
            return new Memory(arena, arena.allocate(Math.max(bytes, CACHE_LINE), CACHE_LINE));
        } catch (OutOfMemoryError | RuntimeException e) {
            arena.close();
            throw e;
        }
    }

    /**
     * Frees the memory; later access throws {@link IllegalStateException}. Closing again does
     * nothing.
     */
    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }
}
