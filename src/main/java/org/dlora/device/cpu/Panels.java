package org.dlora.device.cpu;

/** The panels {@code from .. to} of a matrix: a share of its outputs. */
record Panels(PanelMatrix matrix, int from, int to) {

    /** The first output. */
    int firstOutput() {
        return from * matrix.lanes();
    }

    /** How many outputs the matrix has here; the last panel may be padded beyond. */
    int outputs() {
        return Math.min(to * matrix.lanes(), matrix.rows()) - firstOutput();
    }
}
