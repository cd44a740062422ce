package org.dlora.device;

import java.lang.foreign.MemorySegment;
import java.util.List;

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
     * @param from bytes that {@link #copyOut} of such a cache wrote
     * @throws CopyMismatchException if it is of another layout, numeric mode, dtype or size;
     *     nothing is written
     */
    void copyIn(MemorySegment from, int block);

    /** Returns whether {@link #copyIn} takes a copy. */
    boolean takes(MemorySegment copy);

    /** Returns the bytes that are there: all, but for what withheld blocks have given back. */
    default long bytes() {
        return layout().blocks() * layout().bytesPerBlock();
    }

    /** Returns whether the memory of single blocks can go back to the system. */
    default boolean isElastic() {
        return false;
    }

    /**
     * Returns the most bytes that {@link #restore} takes for a block. Only a part of that goes back
     * with a block whose bytes in a layer are no multiple of a page.
     */
    default long mostBytesPerBlock() {
        return layout().bytesPerBlock();
    }

    /**
     * Gives the memory of blocks back to the system. Their content is lost, and no step may use
     * them until {@link #restore}.
     *
     * @param blocks that are there
     * @throws UnsupportedOperationException if it is not elastic
     */
    default void withhold(List<Integer> blocks) {
        throw new UnsupportedOperationException("The blocks of this KV cache stay where they are");
    }

    /**
     * Makes withheld blocks usable again, with undefined content. Their memory is there when the
     * call returns.
     */
    default void restore(List<Integer> blocks) {
        throw new UnsupportedOperationException("The blocks of this KV cache stay where they are");
    }

    @Override
    void close();
}
