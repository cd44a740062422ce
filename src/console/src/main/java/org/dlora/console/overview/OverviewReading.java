package org.dlora.console.overview;

import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.dlora.cluster.migration.MigrationRecord;
import org.dlora.cluster.samples.ClusterSamples;
import org.dlora.cluster.samples.ReplicaTimeline;
import org.dlora.console.page.LivePanel;
import org.dlora.operate.Administration;
import org.jspecify.annotations.Nullable;

/**
 * The cluster at one moment, from which all parts of the first page are made, so that the totals
 * are the sums of the cards.
 *
 * @param at when it was read
 * @param lines of the replicas that have samples, in configured order
 * @param moves of requests
 * @param demo the demo traffic, for the template of its words
 */
record OverviewReading(
        Instant at,
        List<ReplicaTimeline> lines,
        List<MigrationRecord> moves,
        List<ReplicaCard> cards,
        ClusterTotals totals,
        Map<String, ? extends @Nullable Object> demo) {

    static OverviewReading of(
            Administration administration, ClusterSamples samples, LivePanel demo, Instant now) {
        var lines = samples.timelines();
        var moves = administration.migrations().history();
        var maker = new ReplicaCards(administration);
        var cards = lines.stream().map(maker::card).toList();
        return new OverviewReading(
                now,
                lines,
                moves,
                cards,
                totals(
                        administration,
                        maker,
                        cards,
                        samples.waitingForShared(),
                        recent(moves, now)),
                demo.values(""));
    }

    /** Returns the totals as {@code totals}, and the demo traffic, whose words name the policy. */
    Map<String, @Nullable Object> totalsWithDemo() {
        var values = new HashMap<String, @Nullable Object>(demo);
        values.put("totals", totals);
        return values;
    }

    private static int recent(List<MigrationRecord> moves, Instant now) {
        return TimelineDrawing.recent(moves, now).size();
    }

    private static ClusterTotals totals(
            Administration administration,
            ReplicaCards states,
            List<ReplicaCard> cards,
            int waitingForShared,
            int moves) {
        int replicas = administration.generation().conditions().size();
        var away = states.away();
        int blocks = cards.stream().mapToInt(ReplicaCard::kvTotal).sum();
        int held = cards.stream().mapToInt(ReplicaCard::kvUsed).sum();
        return new ClusterTotals(
                replicas - away.values().stream().mapToInt(Integer::intValue).sum(),
                replicas,
                away.entrySet().stream()
                        .map(state -> state.getValue() + " " + state.getKey())
                        .collect(Collectors.joining(", ")),
                cards.stream().mapToInt(ReplicaCard::running).sum(),
                cards.stream().mapToInt(ReplicaCard::waiting).sum() + waitingForShared,
                waitingForShared,
                blocks == 0 ? 0 : (double) held / blocks,
                cards.stream().mapToDouble(ReplicaCard::tokensPerSecond).sum(),
                administration.models().adapters().size(),
                administration.generation().residentAdapters().size(),
                moves,
                policy(administration));
    }

    /** Returns the name of the policy in force; empty text if it is not known. */
    static String policy(Administration administration) {
        return administration.scheduling().scheduling(0).stream()
                .map(report -> report.policy())
                .findFirst()
                .orElse("");
    }

    TimelinePicture picture() {
        // Ends with the newest sample, so that the right end is never empty.
        var end =
                lines.stream()
                        .flatMap(line -> line.latest().stream())
                        .map(sample -> sample.at())
                        .max(Comparator.naturalOrder())
                        .orElse(at);
        return TimelineDrawing.draw(lines, moves, end);
    }

    TimelineTable table() {
        return TimelineTable.of(lines, moves, at);
    }
}
