package org.dlora.console.adapters;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.dlora.catalogue.history.VersionedRequest;

/**
 * Requests of an adapter by the version that they got.
 *
 * @param counted requests of all versions
 * @param recent shares of the requests that ended within the last {@link #RECENT}
 * @param byNumber counts of each version
 * @param hasAll whether the counted requests are all of the last {@link #SPAN}
 */
record VersionShares(int counted, int recent, Map<Integer, Counts> byNumber, boolean hasAll) {
    /** Time that is looked at. */
    static final Duration SPAN = Duration.ofHours(24);

    /** Time in which a new route shows: the last minutes. */
    static final Duration RECENT = Duration.ofMinutes(10);

    /** Requests that are counted at most. */
    static final int MOST = 2000;

    /** No requests. */
    static final VersionShares NONE = new VersionShares(0, 0, Map.of(), true);

    /**
     * Requests that got a version.
     *
     * @param counted of the counted ones
     * @param recent of the recent ones
     */
    record Counts(int counted, int recent) {}

    /**
     * Counts requests.
     *
     * @param requests the newest first, {@value #MOST} at most
     */
    static VersionShares of(List<VersionedRequest> requests, Instant now) {
        var since = now.minus(RECENT);
        var byNumber = new HashMap<Integer, Counts>();
        int counted = 0;
        int recent = 0;
        for (var request : requests) {
            var number = request.number();
            if (number != null) {
                int isRecent = request.at().isBefore(since) ? 0 : 1;
                byNumber.merge(number, new Counts(1, isRecent), VersionShares::sum);
                counted++;
                recent += isRecent;
            }
        }
        return new VersionShares(counted, recent, byNumber, requests.size() < MOST);
    }

    private static Counts sum(Counts one, Counts other) {
        return new Counts(one.counted + other.counted, one.recent + other.recent);
    }

    /** Returns the counts of a version. */
    public Counts of(int number) {
        return byNumber.getOrDefault(number, new Counts(0, 0));
    }

    /** Returns the share of the recent requests that a version got; NaN without any. */
    public double recentShare(int number) {
        return recent == 0 ? Double.NaN : (double) of(number).recent / recent;
    }

    /** Returns the share of the counted requests that a version got; NaN without any. */
    public double share(int number) {
        return counted == 0 ? Double.NaN : (double) of(number).counted / counted;
    }
}
