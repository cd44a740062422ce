package org.dlora.catalogue.source.fetch;

import java.util.OptionalLong;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * Progress of a transfer, and the wish to end it. The transferring thread counts bytes; others read
 * the count and cancel. Thread-safe.
 */
public final class Transfer {
    private static final long UNKNOWN = -1;

    private final AtomicLong bytes = new AtomicLong();
    private final AtomicLong total = new AtomicLong(UNKNOWN);
    private final Runnable check;
    private final Consumer<Transfer> counted;
    private volatile boolean cancelled;

    public Transfer() {
        this(() -> {}, _ -> {});
    }

    /**
     * @param check called by the transferring thread now and then; it may throw to end the transfer
     * @param counted called by that thread whenever bytes were counted
     */
    public Transfer(Runnable check, Consumer<Transfer> counted) {
        this.check = check;
        this.counted = counted;
    }

    /**
     * Counts bytes that were transferred.
     *
     * @throws CancellationException after {@link #cancel}
     */
    public void add(long more) {
        goOn();
        bytes.addAndGet(more);
        counted.accept(this);
    }

    /** Takes bytes back that have to be transferred again. */
    public void takeBack(long fewer) {
        bytes.addAndGet(-fewer);
    }

    /** Sets the bytes that the whole transfer will have. */
    public void expect(long all) {
        total.set(all);
    }

    public long bytes() {
        return bytes.get();
    }

    /** Returns the bytes that the whole transfer will have; empty if that is not known. */
    public OptionalLong total() {
        long known = total.get();
        return known == UNKNOWN ? OptionalLong.empty() : OptionalLong.of(known);
    }

    /** Ends the transfer: the next count of bytes throws. */
    public void cancel() {
        cancelled = true;
    }

    public boolean isCancelled() {
        return cancelled;
    }

    /**
     * Checks whether the transfer may go on.
     *
     * @throws CancellationException after {@link #cancel}
     */
    public void goOn() {
        check.run();
        if (cancelled) {
            throw new CancellationException("The transfer was cancelled");
        }
    }
}
