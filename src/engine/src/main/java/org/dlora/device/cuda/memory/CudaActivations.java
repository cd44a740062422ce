package org.dlora.device.cuda.memory;

import org.dlora.device.Activations;
import org.dlora.device.arguments.Arguments;
import org.dlora.device.cuda.driver.Context;
import org.dlora.device.cuda.driver.DeviceBuffer;

/** Rows of float32 on a GPU, {@code [rows][width]}. */
public final class CudaActivations implements Activations {
    private final int rows;
    private final int width;
    private final DeviceBuffer buffer;

    public CudaActivations(Context context, int rows, int width) {
        Arguments.check(
                rows >= 0 && width >= 1,
                () ->
                        "activations [%d, %d]: expected at least 0 rows and 1 column"
                                .formatted(rows, width));
        this.rows = rows;
        this.width = width;
        this.buffer = DeviceBuffer.allocate(context, 4L * rows * width);
        buffer.clear();
    }

    /** Returns the activations of a GPU that a caller handed in. */
    public static CudaActivations of(Activations activations) {
        return Arguments.own(CudaActivations.class, activations, "a GPU");
    }

    @Override
    public int rows() {
        return rows;
    }

    @Override
    public int width() {
        return width;
    }

    /**
     * Returns the address on the GPU.
     *
     * @throws IllegalStateException if the buffer was freed
     */
    public long address() {
        return buffer.address();
    }

    /** Returns the address of row {@code row}. */
    public long address(int row) {
        return address() + 4L * row * width;
    }

    @Override
    public void close() {
        buffer.close();
    }
}
