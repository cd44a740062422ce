package org.dlora.device.cpu.memory;

import java.lang.foreign.MemorySegment;

/**
 * A reusable off-heap buffer for intermediate results of operations. It grows to the largest size
 * that was asked for, so steady steps allocate nothing. Each worker of a team has one; some
 * operations have their own. {@link #atLeast} is for one thread at a time.
 */
public final class Scratch implements AutoCloseable {
    private Memory memory = Memory.allocate(0);

    /**
     * Returns at least {@code bytes} bytes of whatever was there before. Invalidates what earlier
     * calls returned.
     */
    public MemorySegment atLeast(long bytes) {
        if (memory.segment().byteSize() < bytes) {
            Memory old = memory;
            memory = Memory.allocate(Math.max(bytes, 2 * old.segment().byteSize()));
            old.close();
        }
        return memory.segment();
    }

    /** Returns the result of the last {@link #atLeast}. */
    public MemorySegment segment() {
        return memory.segment();
    }

    @Override
    public void close() {
        memory.close();
    }
}
