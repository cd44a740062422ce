package org.dlora.device.cpu.rows;

import org.dlora.device.cpu.memory.CpuActivations;

/**
 * Copies of rows of off-heap activations in Java arrays, for callers that read arrays, such as the
 * sampler. Each worker has one array, which its next read overwrites.
 */
final class RowCopies {
    private final float[][] copies;

    RowCopies(int workers) {
        copies = new float[workers][0];
    }

    /** Row {@code row} of {@code x}, until the next call of {@code worker}. */
    float[] read(int worker, CpuActivations x, int row) {
        if (copies[worker].length != x.width()) {
            copies[worker] = new float[x.width()];
        }
        x.read(row, copies[worker]);
        return copies[worker];
    }
}
