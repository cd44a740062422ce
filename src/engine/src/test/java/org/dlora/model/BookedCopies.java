package org.dlora.model;

import java.util.Optional;
import org.dlora.device.MemoryFullException;
import org.dlora.device.MemoryLedger;
import org.dlora.device.MemoryReservation;
import org.dlora.device.MemoryUse;
import org.dlora.engine.merging.CopyMemory;

/** Memory of copies in a ledger from which others take. */
public final class BookedCopies implements CopyMemory {
    private final MemoryLedger ledger;
    private final MemoryReservation copies;
    private final MemoryReservation others;
    private final long limit;

    /** Requests for memory that were refused. */
    public int refusals;

    private int refusedMerges;

    public BookedCopies(long limit) {
        this(limit, limit);
    }

    /**
     * @param bytes of the ledger
     * @param limit of the copies
     */
    public BookedCopies(long bytes, long limit) {
        this.limit = limit;
        ledger = new MemoryLedger(bytes);
        copies = ledger.reserve(MemoryUse.MERGED_WEIGHTS, 0);
        others = ledger.reserve(MemoryUse.ADAPTERS, 0);
    }

    /** Lets others have {@code bytes}, as far as the copies leave them. */
    public void others(long bytes) {
        others.correct(Math.min(bytes, ledger.limit() - copies.bytes()));
    }

    /** Returns the bytes that are booked. */
    public long booked() {
        return copies.bytes();
    }

    @Override
    public long limit() {
        return limit;
    }

    @Override
    public long attainable() {
        return copies.bytes() + ledger.available();
    }

    @Override
    public Optional<String> raise(String adapter, long bytes) {
        try {
            copies.grow(Math.max(0, bytes - copies.bytes()));
            return Optional.empty();
        } catch (MemoryFullException e) {
            refusals++;
            return Optional.of(String.valueOf(e.getMessage()));
        }
    }

    /** Returns the merges that could not begin. */
    public int refusedMerges() {
        return refusedMerges;
    }

    @Override
    public void refused(String adapter, long bytes) {
        refusedMerges++;
    }

    @Override
    public void lower(long bytes) {
        copies.correct(bytes);
    }
}
