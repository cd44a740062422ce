package org.dlora.device;

import java.lang.foreign.MemorySegment;
import org.dlora.tensor.DType;

/**
 * A device's layout of matrices in the host's memory. Packed matrices are kept in a file from one
 * start to the next by it. Thread-safe.
 */
public interface PackedLayout {
    /**
     * Returns the layout's name, of letters, digits and dashes. It covers everything that the bytes
     * of a matrix depend on besides tensors and dtype: kind and version of the layout, width of
     * panels, byte order.
     */
    String name();

    /** Returns the bytes of a matrix {@code [rows, columns]}. */
    long bytes(int rows, int columns, DType storage);

    /** Returns the bytes of {@code matrix}, one of this device; valid until it is closed. */
    MemorySegment bytesOf(WeightMatrix matrix);

    /** Advises the system that {@code mapped}, of a file, will be read from end to end often. */
    void advise(MemorySegment mapped);

    /**
     * Returns a matrix {@code [rows, columns]} that consists of {@code bytes}, used where they are.
     * They must stay as they are until the matrix is closed.
     *
     * @param bytes on a boundary of 64 bytes, {@link #bytes} of them
     */
    WeightMatrix adopt(int rows, int columns, DType storage, MemorySegment bytes);
}
