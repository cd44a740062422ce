package org.dlora.device;

/**
 * Index beside a matrix by which a device finds a row's largest output without computing all of
 * them: exact maximum inner product search. It belongs to one matrix and does not own it.
 * Immutable, and safe to read by several threads.
 */
public interface ArgMaxIndex extends AutoCloseable {
    /** Returns the matrix whose outputs it bounds. */
    WeightMatrix matrix();

    /** Returns the bytes of the device that it takes. */
    long bytes();

    @Override
    void close();
}
