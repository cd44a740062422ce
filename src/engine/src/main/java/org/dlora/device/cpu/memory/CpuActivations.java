package org.dlora.device.cpu.memory;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.MemorySegment;
import org.dlora.device.Activations;
import org.dlora.device.arguments.Arguments;

/**
 * Rows of float32. A row begins on a cache line and is padded to a multiple of {@value #PADDING}
 * floats, so a kernel may store its last panel whole; what the padding holds means nothing.
 */
public final class CpuActivations implements Activations {
    static final int PADDING = 16;

    private final int rows;
    private final int width;
    private final long stride;
    private final Memory memory;

    public CpuActivations(int rows, int width) {
        if (rows < 0 || width < 1) {
            throw new IllegalArgumentException(
                    "activations [%d, %d]: expected at least 0 rows and 1 column"
                            .formatted(rows, width));
        }
        this.rows = rows;
        this.width = width;
        this.stride = padded(width) * 4L;
        this.memory = Memory.allocate(rows * stride);
    }

    /** Returns the activations of this device that a caller handed in. */
    public static CpuActivations of(Activations activations) {
        return Arguments.own(CpuActivations.class, activations, "the CPU device");
    }

    static int padded(int width) {
        return Math.ceilDiv(width, PADDING) * PADDING;
    }

    @Override
    public int rows() {
        return rows;
    }

    @Override
    public int width() {
        return width;
    }

    public MemorySegment segment() {
        return memory.segment();
    }

    /** Byte offset of row {@code row}. */
    public long offset(int row) {
        return row * stride;
    }

    /** Bytes from one row to the next. */
    long stride() {
        return stride;
    }

    /** The rows from {@code row} on, at column {@code column}. */
    public FloatRows rowsFrom(int row, int column) {
        return new FloatRows(segment(), offset(row) + 4L * column, stride);
    }

    public void read(int row, float[] out) {
        MemorySegment.copy(segment(), JAVA_FLOAT, offset(row), out, 0, width);
    }

    @Override
    public void close() {
        memory.close();
    }
}
