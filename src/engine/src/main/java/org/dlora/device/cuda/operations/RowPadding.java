package org.dlora.device.cuda.operations;

import org.dlora.device.cuda.memory.CudaActivations;

/**
 * The rows that operations of a decode step compute: its own, and more up to one of few numbers, so
 * that steps of about as many rows have the same launches. Rows beyond the step's hold anything;
 * nothing of them goes to the cache or to the host. No number of rows is padded to one that another
 * kernel takes.
 */
final class RowPadding {
    /** Most rows of a step that is padded. */
    static final int MOST_ROWS = 256;

    private static final int STEP = 8;

    private boolean isOn;

    void set(boolean on) {
        isOn = on;
    }

    boolean isOn() {
        return isOn;
    }

    /** Returns the rows to compute, which the buffers have. */
    int of(int rows, CudaActivations... buffers) {
        if (!isOn) {
            return rows;
        }
        int most = padded(rows);
        for (var buffer : buffers) {
            most = Math.min(most, buffer.rows());
        }
        return most;
    }

    private static int padded(int rows) {
        return rows < STEP ? powerOfTwo(rows) : Math.ceilDiv(rows, STEP) * STEP;
    }

    /** Returns the least power of two that is no smaller; 0 for 0. */
    static int powerOfTwo(int count) {
        return count <= 1 ? count : Integer.highestOneBit(count - 1) << 1;
    }
}
