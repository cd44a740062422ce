package org.dlora.cluster.residency;

import java.time.Instant;
import java.util.Map;
import org.dlora.adapter.LoadOrigin;
import org.dlora.cluster.residency.HeldAdapter.State;
import org.dlora.scheduling.residency.Residence;
import org.jspecify.annotations.Nullable;

/**
 * The state of one adapter in an adapter memory.
 *
 * @param bytes that it takes, or will take once it is loaded
 * @param running unfinished requests on the replicas
 * @param waiting requests that wait until it is loaded
 * @param lastUsed time of the last request, or of its end; null if there was none
 * @param loadSeconds time of the last load; NaN before the first
 * @param isResting whether it was evicted by hand so recently that requests alone load it
 * @param loadsByOrigin loads from each source that there were any from
 */
public record AdapterStatus(
        String id,
        Residence residence,
        long bytes,
        boolean pinned,
        int running,
        int waiting,
        @Nullable Instant lastUsed,
        long loads,
        long evictions,
        double loadSeconds,
        boolean isResting,
        Map<LoadOrigin, LoadTotals> loadsByOrigin) {
    /** Seconds of a load for each byte before the first load. */
    private static final double SECONDS_PER_BYTE = 5e-9;

    public AdapterStatus {
        loadsByOrigin = Map.copyOf(loadsByOrigin);
    }

    /** Returns whether it is resident or being loaded. */
    public boolean isHeld() {
        return residence == Residence.RESIDENT || residence == Residence.LOADING;
    }

    /** Returns the predicted seconds of a load. */
    public double predictedLoadSeconds() {
        return Double.isNaN(loadSeconds) ? SECONDS_PER_BYTE * bytes : loadSeconds;
    }

    static AdapterStatus of(HeldAdapter held, double now) {
        return new AdapterStatus(
                held.id,
                held.state == State.EVICTING ? Residence.LEAVING : held.residence(),
                held.bytes(),
                held.pinned,
                held.running,
                held.waitingRequests(),
                held.lastUsed,
                held.loads,
                held.evictions,
                held.loadSeconds,
                held.isResting(now),
                held.loadsByOrigin);
    }
}
