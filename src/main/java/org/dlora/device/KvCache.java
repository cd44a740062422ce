package org.dlora.device;

import java.lang.foreign.MemorySegment;

/**
 * Keys and values of past tokens in blocks, addressed through block tables. One replica owns it.
 *
 * <p>A block can be copied out, with K and V of all layers, and into any cache of the same layout
 * and dtype, on a device of the same {@link Device#numericMode}: there attention gives the same
 * bits. Any thread may copy a block that no step writes at the time. Full blocks are never written
 * again.
 */
public interface KvCache extends AutoCloseable {
    KvLayout layout();

    /** Returns the bytes of a copy of a block: a {@link CopyHeader}, then K and V of all layers. */
    long copyBytes();

    /**
     * Copies a block out, behind a {@link CopyHeader}.
     *
     * @param to {@link #copyBytes} bytes of host memory
     */
    void copyOut(int block, MemorySegment to);

    /**
     * Copies a block in.
     *
     * @param from what {@link #copyOut} of such a cache wrote
     * @throws CopyMismatchException if it is of another layout, numeric mode, dtype or size;
     *     nothing is written
     */
    void copyIn(MemorySegment from, int block);

    @Override
    void close();
}
