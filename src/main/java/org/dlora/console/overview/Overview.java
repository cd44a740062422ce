package org.dlora.console.overview;

import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import org.dlora.api.admin.AuditedScheduling;
import org.dlora.api.openai.Served;
import org.dlora.api.openai.Serving;
import org.dlora.cluster.facts.ClusterEvents;
import org.dlora.cluster.samples.ClusterSamples;
import org.jspecify.annotations.Nullable;

/**
 * The cluster as the first page shows it. The live parts of a second share a reading, however many
 * they are.
 */
final class Overview {
    /** How long a reading serves the live parts: shorter than the second until the next ones. */
    static final Duration SHARED = Duration.ofMillis(500);

    private final Serving serving;
    private final ClusterSamples samples;
    private final InstantSource clock;
    private volatile @Nullable OverviewReading last;

    Overview(Serving serving, ClusterSamples samples, ClusterEvents events) {
        this.serving = serving;
        this.samples = samples;
        clock = events.clock();
    }

    /**
     * Returns what is served.
     *
     * @throws org.dlora.api.openai.ApiException if nothing is yet, or if the administration is
     *     closed
     */
    private Served served() {
        var served = serving.require();
        var _ = AuditedScheduling.service(served);
        return served;
    }

    /** Returns a reading of this moment, which shows what a form has just changed. */
    OverviewReading read() {
        return OverviewReading.of(served(), samples, clock.instant());
    }

    /** Returns the reading of the live parts. */
    private synchronized OverviewReading shared() {
        var served = served();
        var known = last;
        if (known != null && isRecent(known)) {
            return known;
        }
        var read = OverviewReading.of(served, samples, clock.instant());
        last = read;
        return read;
    }

    private boolean isRecent(OverviewReading reading) {
        var age = Duration.between(reading.at(), clock.instant());
        return !age.isNegative() && age.compareTo(SHARED) < 0;
    }

    /** Returns the figures of the cluster as {@code totals}. */
    Map<String, ?> totals() {
        return Map.of("totals", shared().totals());
    }

    /** Returns the picture of the last minutes as {@code picture}. */
    Map<String, ?> picture() {
        return Map.of("picture", shared().picture());
    }

    /** Returns the cards of the replicas as {@code cards}. */
    Map<String, ?> cards() {
        return Map.of("cards", shared().cards());
    }
}
