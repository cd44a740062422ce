package org.dlora.device;

/** A float32 buffer {@code [rows, width]}, row-major, that belongs to one {@link Operations}. */
public interface Activations extends AutoCloseable {
    /** Returns how many rows fit. */
    int rows();

    int width();

    @Override
    void close();
}
