package org.dlora.device.cpu.matrix;

/** The panels {@code from .. to} of a matrix: a share of its outputs. */
public record Panels(PanelMatrix matrix, int from, int to) {

    /** The first output. */
    public int firstOutput() {
        return from * matrix.lanes();
    }

    /** Returns the outputs of the matrix here; the last panel may be padded beyond. */
    public int outputs() {
        return Math.min(to * matrix.lanes(), matrix.rows()) - firstOutput();
    }
}
