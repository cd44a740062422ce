package org.dlora.device;

/** Bytes of a {@link MemoryLedger} that belong to one holder until it closes them. Thread-safe. */
public final class MemoryReservation implements AutoCloseable {
    private final MemoryLedger ledger;
    private final MemoryUse use;
    private long bytes;
    private boolean isClosed;

    MemoryReservation(MemoryLedger ledger, MemoryUse use, long bytes) {
        this.ledger = ledger;
        this.use = use;
        this.bytes = bytes;
    }

    /** Returns the booked bytes; 0 once it is closed. */
    public synchronized long bytes() {
        return bytes;
    }

    /**
     * Takes {@code more} bytes beside those it has, or none.
     *
     * @throws MemoryFullException if they exceed what is available
     * @throws IllegalStateException if it is closed
     */
    public synchronized void grow(long more) {
        requireOpen();
        ledger.take(use, more);
        bytes += more;
    }

    /**
     * Books the actual size of the allocation in place of the reserved one. A larger size is booked
     * even beyond the limit, because the memory is taken already.
     *
     * @throws IllegalStateException if it is closed
     */
    public synchronized void correct(long actual) {
        requireOpen();
        book(actual);
    }

    /** Gives the bytes back; closing again does nothing. */
    @Override
    public synchronized void close() {
        isClosed = true;
        book(0);
    }

    private void requireOpen() {
        if (isClosed) {
            throw new IllegalStateException("The reservation was given back");
        }
    }

    private void book(long actual) {
        ledger.add(use, actual - bytes);
        bytes = actual;
    }
}
