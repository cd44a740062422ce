package org.dlora.console.overview;

import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import org.dlora.cluster.facts.ClusterEvents;
import org.dlora.cluster.samples.ClusterSamples;
import org.dlora.console.page.LivePanel;
import org.dlora.operate.Administration;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.context.annotation.Bean;
import org.springframework.stereotype.Component;

/**
 * The cluster as the first page shows it. The live parts of a second share a reading, however many
 * they are.
 */
@Component
final class Overview {
    /** Lifetime of a reading for the live parts: shorter than the second until the next ones. */
    static final Duration SHARED = Duration.ofMillis(500);

    private final Administration administration;
    private final ClusterSamples samples;
    private final LivePanel demo;
    private final InstantSource clock;
    private volatile @Nullable OverviewReading last;

    /**
     * @param demo has the demo traffic, as {@code demo}
     */
    Overview(
            Administration administration,
            ClusterSamples samples,
            @Qualifier("demoPanel") LivePanel demo,
            ClusterEvents events) {
        this.administration = administration;
        this.samples = samples;
        this.demo = demo;
        clock = events.clock();
    }

    /**
     * Returns a reading of this moment, which shows what a form has just changed. The live parts
     * show none that is older.
     */
    synchronized OverviewReading read() {
        var read = OverviewReading.of(administration, samples, demo, clock.instant());
        last = read;
        return read;
    }

    /** Returns the reading of the live parts. */
    private synchronized OverviewReading shared() {
        var _ = administration.scheduling(); // Refuses where it is closed.
        var known = last;
        return known != null && isRecent(known) ? known : read();
    }

    private boolean isRecent(OverviewReading reading) {
        var age = Duration.between(reading.at(), clock.instant());
        return !age.isNegative() && age.compareTo(SHARED) < 0;
    }

    /** Returns the figures of the cluster as {@code totals}, and the demo traffic. */
    Map<String, ? extends @Nullable Object> totals() {
        return shared().totalsWithDemo();
    }

    /** Returns the picture of the last minutes as {@code picture}. */
    Map<String, ?> picture() {
        return Map.of("picture", shared().picture());
    }

    /** Returns the cards of the replicas as {@code cards}. */
    Map<String, ?> cards() {
        return Map.of("cards", shared().cards());
    }

    @Bean
    LivePanel overviewTotals() {
        return new OverviewPanel("overview-totals", this::totals);
    }

    @Bean
    LivePanel overviewTimeline() {
        return new OverviewPanel("overview-timeline", this::picture);
    }

    @Bean
    LivePanel overviewCards() {
        return new OverviewPanel("overview-cards", this::cards);
    }
}
