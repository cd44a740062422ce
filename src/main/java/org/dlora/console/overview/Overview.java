package org.dlora.console.overview;

import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.dlora.api.openai.ApiException;
import org.dlora.api.openai.Served;
import org.dlora.api.openai.Serving;
import org.dlora.cluster.facts.ClusterEvents;
import org.dlora.cluster.migration.MigrationRecord;
import org.dlora.cluster.samples.ClusterSamples;
import org.dlora.cluster.samples.ReplicaTimeline;
import org.springframework.http.HttpStatus;

/** The cluster as the first page shows it. */
final class Overview {
    private final Serving serving;
    private final ClusterSamples samples;
    private final InstantSource clock;

    Overview(Serving serving, ClusterSamples samples, ClusterEvents events) {
        this.serving = serving;
        this.samples = samples;
        clock = events.clock();
    }

    /**
     * Returns what is served.
     *
     * @throws ApiException if nothing is yet, or if the administration is closed
     */
    private Served served() {
        var served = serving.require();
        if (served.replicas().isEmpty()) {
            throw closed();
        }
        return served;
    }

    /** Returns 403, as the endpoints of the administration answer. */
    static ApiException closed() {
        return ApiException.of(
                HttpStatus.FORBIDDEN,
                "The administration is closed while dlora.allow-open-network is true; start without it and make an API key instead (docs/security.md).");
    }

    /** Returns the figures of the cluster as {@code totals}. */
    Map<String, ?> totals() {
        var served = served();
        var load = served.generation().load();
        return Map.of(
                "totals",
                new ClusterTotals(
                        (int)
                                served.generation().conditions().stream()
                                        .filter(one -> one.isServing())
                                        .count(),
                        served.generation().conditions().size(),
                        load.running(),
                        load.waiting(),
                        load.kvUsage(),
                        samples.timelines().stream()
                                .mapToDouble(one -> one.tokensPerSecond(ReplicaCards.RATE_SECONDS))
                                .sum(),
                        served.models().adapters().size(),
                        served.generation().residentAdapters().size(),
                        TimelineDrawing.recent(moves(served), clock.instant()).size(),
                        policy(served)));
    }

    /** Returns the name of the policy in force; empty text if it is not known. */
    static String policy(Served served) {
        return served.scheduling().stream()
                .flatMap(known -> known.scheduling(0).stream())
                .map(report -> report.policy())
                .findFirst()
                .orElse("");
    }

    private static List<MigrationRecord> moves(Served served) {
        return served.migrations().map(known -> known.history()).orElse(List.of());
    }

    /** Returns the picture of the last minutes as {@code picture}. */
    Map<String, ?> picture() {
        var served = served();
        var lines = samples.timelines();
        // Ends with the newest sample, so that the right end is never empty.
        var end =
                lines.stream()
                        .flatMap(line -> line.latest().stream())
                        .map(sample -> sample.at())
                        .max(Comparator.naturalOrder())
                        .orElseGet(clock::instant);
        return Map.of("picture", TimelineDrawing.draw(lines, moves(served), end));
    }

    /** Returns the cards of the replicas as {@code cards}. */
    Map<String, ?> cards() {
        var cards = new ReplicaCards(served());
        return Map.of("cards", samples.timelines().stream().map(cards::card).toList());
    }

    /** Returns the figures of the picture as {@code table}. */
    Map<String, ?> table() {
        return Map.of(
                "table", TimelineTable.of(samples.timelines(), moves(served()), clock.instant()));
    }

    /** Returns the ids of the replicas that have samples, in configured order. */
    List<String> replicas() {
        return samples.timelines().stream().map(ReplicaTimeline::replica).toList();
    }
}
