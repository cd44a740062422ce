package org.dlora.scheduling.residency;

import static java.util.stream.Collectors.toMap;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.dlora.scheduling.residency.ResidencyPlan.Reason;

/**
 * An adapter memory written down for a test, in megabytes. Loads take 1 s, and residents came long
 * ago.
 */
final class ResidencySketch {
    static final double NOW = 100;

    private static final long MB = 1 << 20;

    private final List<AdapterStanding> adapters = new ArrayList<>();
    private final long free;
    private ResidencySettings settings = new ResidencySettings(1, 5);

    ResidencySketch(long free) {
        this.free = free * MB;
    }

    ResidencySketch settings(int maxLoads, double maxWait) {
        settings = new ResidencySettings(maxLoads, maxWait);
        return this;
    }

    ResidencySketch idle(String id, long size, double demand) {
        return resident(id, size, demand, 0, 0, false);
    }

    ResidencySketch idle(String id, long size, double demand, double secondsAgo) {
        return resident(id, size, demand, NOW - secondsAgo, 0, false);
    }

    ResidencySketch inUse(String id, long size, double demand) {
        return resident(id, size, demand, 0, 1, false);
    }

    ResidencySketch inUse(String id, long size, double demand, double secondsAgo) {
        return resident(id, size, demand, NOW - secondsAgo, 1, false);
    }

    ResidencySketch pinned(String id, long size) {
        return resident(id, size, 0, 0, 0, true);
    }

    ResidencySketch pinnedAbsent(String id, long size) {
        return add(id, size, 0, Residence.ABSENT, 0, true, 0, Double.NaN);
    }

    ResidencySketch waiting(String id, long size, double seconds) {
        return add(id, size, 1, Residence.ABSENT, 0, false, 0, seconds);
    }

    ResidencySketch loading(String id, long size) {
        return add(id, size, 1, Residence.LOADING, NOW - 0.5, false, 0, 0.5);
    }

    /**
     * Adds an absent adapter that is wanted.
     *
     * @param waited seconds that the oldest of all has waited; infinite for one ahead of requests
     * @param oldest seconds that the oldest request has waited
     */
    ResidencySketch wanted(
            String id, long size, int waiting, double waited, int requests, double oldest) {
        adapters.add(
                new AdapterStanding(
                        id,
                        size * MB,
                        1,
                        Residence.ABSENT,
                        0,
                        false,
                        0,
                        waiting,
                        arrival(waited),
                        requests,
                        arrival(oldest),
                        1));
        return this;
    }

    private static double arrival(double waited) {
        return Double.isInfinite(waited) ? waited : NOW - waited;
    }

    ResidencySketch leaving(String id, long size) {
        return add(id, size, 1, Residence.LEAVING, NOW - 1, false, 2, Double.NaN);
    }

    ResidencySketch leavingWanted(String id, long size, double seconds) {
        return add(id, size, 1, Residence.LEAVING, NOW - 1, false, 2, seconds);
    }

    private ResidencySketch resident(
            String id, long size, double demand, double since, int running, boolean pinned) {
        return add(id, size, demand, Residence.RESIDENT, since, pinned, running, Double.NaN);
    }

    /** Adds an adapter; {@code waited} is NaN if no request waits for it. */
    private ResidencySketch add(
            String id,
            long size,
            double demand,
            Residence residence,
            double since,
            boolean pinned,
            int running,
            double waited) {
        boolean waits = !Double.isNaN(waited);
        adapters.add(
                new AdapterStanding(
                        id,
                        size * MB,
                        1,
                        residence,
                        since,
                        pinned,
                        running,
                        waits ? 1 : 0,
                        waits ? NOW - waited : Double.POSITIVE_INFINITY,
                        demand));
        return this;
    }

    ResidencySnapshot snapshot() {
        return new ResidencySnapshot(NOW, free, adapters, settings);
    }

    ResidencyPlan plan() {
        return new CostAwareResidency().plan(snapshot());
    }

    /** Returns the sentences of the plan by adapter. */
    Map<String, String> reasons() {
        return plan().reasons().stream().collect(toMap(Reason::adapter, Reason::text));
    }
}
