package org.dlora.device;

import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Books of one memory: the bytes that each {@link MemoryUse} has taken or was promised, within a
 * limit. A reservation comes before the allocation, so what the ledger has granted is there when it
 * is touched. Thread-safe.
 */
public final class MemoryLedger {
    private final long limit;
    private final MemoryBound bound;
    private final @Nullable MemoryLedger whole;
    private final Map<MemoryUse, Long> taken = new EnumMap<>(MemoryUse.class);

    /**
     * Opens the books with nothing taken.
     *
     * @param limit bytes of all uses together
     */
    public MemoryLedger(long limit) {
        this(limit, MemoryBound.MACHINE);
    }

    /**
     * Opens the books with nothing taken.
     *
     * @param limit bytes of all uses together
     * @param bound bound that sets the limit
     */
    public MemoryLedger(long limit, MemoryBound bound) {
        this(limit, bound, null);
    }

    private MemoryLedger(long limit, MemoryBound bound, @Nullable MemoryLedger whole) {
        this.bound = bound;
        this.whole = whole;
        if (limit < 0) {
            throw new IllegalArgumentException("limit of " + limit + " bytes: expected 0 or more");
        }
        this.limit = limit;
    }

    /** Returns the books of a part of this memory that has the same bound; see below. */
    public MemoryLedger part(long limit) {
        return part(limit, bound);
    }

    /**
     * Returns the books of a part of this memory. What the part takes, this takes as well.
     *
     * @param limit bytes of all uses of the part together
     * @param by bound that sets the limit
     */
    public MemoryLedger part(long limit, MemoryBound by) {
        return new MemoryLedger(limit, by, this);
    }

    /** Returns the bound of the bytes that are available now. */
    public synchronized MemoryBound bound() {
        return whole == null || own() <= whole.available() ? bound : whole.bound();
    }

    /** Returns a ledger that refuses nothing. */
    public static MemoryLedger unlimited() {
        return new MemoryLedger(Long.MAX_VALUE);
    }

    /** Returns the limit: bytes of all uses together. */
    public long limit() {
        return limit;
    }

    /** Returns the bytes of all reservations, which exceed the limit if corrections did. */
    public synchronized long taken() {
        return taken.values().stream().mapToLong(Long::longValue).sum();
    }

    /** Returns the bytes of the reservations for {@code use}. */
    public synchronized long taken(MemoryUse use) {
        return taken.getOrDefault(use, 0L);
    }

    /** Returns the bytes of the reservations for each use that has had any. */
    public synchronized Map<MemoryUse, Long> takenByUse() {
        return new EnumMap<>(taken);
    }

    /** Returns the bytes that a reservation may have. */
    public synchronized long available() {
        return whole == null ? own() : Math.min(own(), whole.available());
    }

    /** Returns the bytes that are left of the limit. */
    private long own() {
        return Math.max(0, limit - taken());
    }

    /**
     * Takes {@code bytes}, or nothing.
     *
     * @return the reservation, to be closed when the memory is free again
     * @throws MemoryFullException if they exceed what is available
     */
    public MemoryReservation reserve(MemoryUse use, long bytes) {
        take(use, bytes);
        return new MemoryReservation(this, use, bytes);
    }

    /**
     * Checks that {@code bytes} would fit once a use has given bytes back.
     *
     * @param spare bytes that {@code use} can give back
     * @throws MemoryFullException if they do not
     */
    public synchronized void requireRoom(long bytes, MemoryUse use, long spare) {
        if (bytes > own() + spare) {
            var kept = new EnumMap<>(taken);
            kept.merge(use, -spare, Long::sum);
            throw new MemoryFullException(bytes, own() + spare, limit, kept);
        }
        if (whole != null) {
            whole.requireRoom(bytes, use, spare);
        }
    }

    /** Books {@code bytes} more if they are available. */
    synchronized void take(MemoryUse use, long bytes) {
        if (bytes < 0) {
            throw new IllegalArgumentException(bytes + " bytes: expected 0 or more");
        }
        if (bytes > own()) {
            throw new MemoryFullException(bytes, own(), limit, taken);
        }
        if (whole != null) {
            whole.take(use, bytes);
        }
        taken.merge(use, bytes, Long::sum);
    }

    /** Books a change of a reservation, also beyond the limit. */
    synchronized void add(MemoryUse use, long more) {
        taken.merge(use, more, Long::sum);
        if (whole != null) {
            whole.add(use, more);
        }
    }
}
