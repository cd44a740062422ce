package org.dlora.cluster.residency;

import java.time.Instant;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.dlora.adapter.weights.LoadOrigin;
import org.dlora.cluster.residency.HeldAdapter.State;
import org.dlora.scheduling.residency.Residence;
import org.jspecify.annotations.Nullable;

/**
 * The state of one adapter's weights in an adapter memory.
 *
 * @param id of the registration
 * @param name that clients use
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
        String name,
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

    private static final List<Residence> BY_NEARNESS =
            List.of(Residence.ABSENT, Residence.LEAVING, Residence.LOADING, Residence.RESIDENT);

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

    /**
     * Returns the state of several weights of one adapter as a whole: sums, and the state that
     * requests wait least for.
     *
     * @param weights at least one; the first one names the whole
     */
    public static AdapterStatus together(List<AdapterStatus> weights) {
        var first = weights.getFirst();
        return weights.size() == 1
                ? first
                : new AdapterStatus(
                        first.id,
                        first.name,
                        nearest(weights),
                        bytes(weights),
                        weights.stream().anyMatch(AdapterStatus::pinned),
                        weights.stream().mapToInt(AdapterStatus::running).sum(),
                        weights.stream().mapToInt(AdapterStatus::waiting).sum(),
                        weights.stream()
                                .map(AdapterStatus::lastUsed)
                                .filter(Objects::nonNull)
                                .max(Comparator.naturalOrder())
                                .orElse(null),
                        weights.stream().mapToLong(AdapterStatus::loads).sum(),
                        weights.stream().mapToLong(AdapterStatus::evictions).sum(),
                        first.loadSeconds,
                        first.isResting,
                        loads(weights));
    }

    private static Residence nearest(List<AdapterStatus> weights) {
        return weights.stream()
                .map(AdapterStatus::residence)
                .max(Comparator.comparingInt(BY_NEARNESS::indexOf))
                .orElse(Residence.ABSENT);
    }

    /** Returns the bytes that they take; those of the first one if none takes any. */
    private static long bytes(List<AdapterStatus> weights) {
        return nearest(weights) == Residence.ABSENT
                ? weights.getFirst().bytes
                : weights.stream()
                        .filter(one -> one.residence != Residence.ABSENT)
                        .mapToLong(AdapterStatus::bytes)
                        .sum();
    }

    private static Map<LoadOrigin, LoadTotals> loads(List<AdapterStatus> weights) {
        var all = new EnumMap<LoadOrigin, LoadTotals>(LoadOrigin.class);
        weights.forEach(one ->
                one.loadsByOrigin.forEach(
                        (origin, totals) -> all.merge(origin, totals, LoadTotals::plus)));
        return all;
    }

    static AdapterStatus of(HeldAdapter held, double now) {
        return new AdapterStatus(
                held.id,
                held.source.name(),
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
