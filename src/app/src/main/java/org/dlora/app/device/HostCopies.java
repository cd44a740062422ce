package org.dlora.app.device;

import java.util.Optional;
import org.dlora.device.MemoryFullException;
import org.dlora.device.MemoryLedger;
import org.dlora.device.MemoryReservation;
import org.dlora.device.MemoryUse;
import org.dlora.engine.merging.CopyMemory;

/**
 * Memory of the host for the copies of one incarnation of a replica. What a failed incarnation
 * holds stays booked until it is freed.
 */
final class HostCopies implements CopyMemory {
    private final MemoryLedger host;
    private final MemoryReservation copies;
    private final long limit;

    /**
     * @param host books of the host's memory
     * @param limit bytes that the copies never exceed
     */
    HostCopies(MemoryLedger host, long limit) {
        this.host = host;
        this.limit = limit;
        copies = host.reserve(MemoryUse.MERGED_WEIGHTS, 0);
    }

    @Override
    public long limit() {
        return limit;
    }

    @Override
    public long attainable() {
        return Math.min(limit, copies.bytes() + host.available());
    }

    @Override
    public Optional<String> raise(String adapter, long bytes) {
        try {
            copies.grow(Math.max(0, bytes - copies.bytes()));
            return Optional.empty();
        } catch (MemoryFullException e) {
            return Optional.of("no memory of the host: " + e.getMessage());
        }
    }

    @Override
    public void refused(String adapter, long bytes) {}

    @Override
    public void lower(long bytes) {
        copies.correct(bytes);
    }
}
