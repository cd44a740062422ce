package org.dlora.device.cpu;

/** Copies of rows on the heap, one for each member of a team at a time. */
final class RowCopies {
    private final float[][] copies;

    RowCopies(int members) {
        copies = new float[members][0];
    }

    /** Row {@code row} of {@code x}, until the next call of {@code member}. */
    float[] read(int member, CpuActivations x, int row) {
        if (copies[member].length != x.width()) {
            copies[member] = new float[x.width()];
        }
        x.read(row, copies[member]);
        return copies[member];
    }
}
