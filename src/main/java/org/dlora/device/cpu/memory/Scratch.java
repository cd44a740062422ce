package org.dlora.device.cpu.memory;

import java.lang.foreign.MemorySegment;

/** Memory of one team worker between operations; grows to the largest that was asked for. */
public final class Scratch implements AutoCloseable {
    private Memory memory = Memory.allocate(0);

    /**
     * At least {@code bytes} bytes of whatever was there before. Invalidates what earlier calls
     * returned.
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
