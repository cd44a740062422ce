package org.dlora.device;

import java.lang.foreign.MemorySegment;
import org.dlora.tensor.DType;

/**
 * How a device lays out matrices in the host's memory, for those who keep packed matrices in a file
 * from one start to the next. Thread-safe.
 */
public interface PackedLayout {
    /**
     * Names all that the bytes of a matrix depend on besides its tensors and dtype: kind and
     * version of the layout, width of its panels, byte order. Letters, digits and dashes.
     */
    String name();

    /** Bytes of a matrix {@code [rows, columns]}. */
    long bytes(int rows, int columns, DType storage);

    /** The bytes of {@code matrix}, which is one of this device, until it is closed. */
    MemorySegment bytesOf(WeightMatrix matrix);

    /** Says that {@code mapped}, of a file, will be read again and again from end to end. */
    void advise(MemorySegment mapped);

    /**
     * A matrix {@code [rows, columns]} that consists of {@code bytes}, which are used where they
     * are: they must stay as they are until the matrix is closed.
     *
     * @param bytes on a boundary of 64 bytes, {@link #bytes} of them
     */
    WeightMatrix adopt(int rows, int columns, DType storage, MemorySegment bytes);
}
