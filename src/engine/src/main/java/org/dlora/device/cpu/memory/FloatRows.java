package org.dlora.device.cpu.memory;

import java.lang.foreign.MemorySegment;

/** Rows of float32 somewhere in memory. */
public record FloatRows(MemorySegment segment, long offset, long stride) {
    public long row(int row) {
        return offset + row * stride;
    }

    /**
     * Returns the address of the first row, for code that cannot check whether the memory still is
     * there.
     *
     * @throws IllegalStateException if it was freed
     */
    public long address() {
        if (!segment.scope().isAlive()) {
            throw new IllegalStateException("the memory was freed");
        }
        return segment.address() + offset;
    }

    /** The rows from {@code row} on. */
    public FloatRows from(int row) {
        return new FloatRows(segment, row(row), stride);
    }
}
