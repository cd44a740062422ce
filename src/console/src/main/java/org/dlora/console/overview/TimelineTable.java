package org.dlora.console.overview;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.dlora.cluster.migration.MigrationRecord;
import org.dlora.cluster.samples.ReplicaSample;
import org.dlora.cluster.samples.ReplicaTimeline;
import org.dlora.cluster.samples.SampleState;

/**
 * The picture's figures as tables: a row for each replica and minute, and one for each move.
 *
 * @param at when they were taken
 */
record TimelineTable(Instant at, List<Minute> minutes, List<Move> moves) {
    private static final int MINUTE = 60;

    /**
     * A minute of a replica.
     *
     * @param unmerged share of the seconds, 0…1; so are the next four
     * @param idle share of the seconds in which it served, without a step
     * @param away share of the seconds in which it did not serve
     * @param adapters names of the merged ones, the longest first
     * @param waiting most of the minute
     * @param tokens output tokens
     */
    record Minute(
            String replica,
            Instant from,
            double unmerged,
            double merged,
            double mixed,
            double idle,
            double away,
            String adapters,
            int waiting,
            long tokens) {}

    /** A request that moved. */
    record Move(Instant at, String model, String from, String to) {}

    static TimelineTable of(
            List<ReplicaTimeline> replicas, List<MigrationRecord> moves, Instant now) {
        var minutes = new ArrayList<Minute>();
        for (var replica : replicas) {
            for (int back = TimelinePicture.SECONDS / MINUTE; back > 0; back--) {
                var from = now.minusSeconds((long) MINUTE * back);
                var samples =
                        replica.samples().stream()
                                .filter(sample ->
                                        sample.at().isAfter(from)
                                                && !sample.at().isAfter(from.plusSeconds(MINUTE)))
                                .toList();
                if (!samples.isEmpty()) {
                    minutes.add(minute(replica.replica(), from, samples));
                }
            }
        }
        return new TimelineTable(
                now,
                minutes,
                TimelineDrawing.recent(moves, now).stream()
                        .map(move ->
                                new Move(
                                        TimelineDrawing.arrived(move),
                                        move.model(),
                                        move.source(),
                                        move.target()))
                        .toList());
    }

    private static Minute minute(String replica, Instant from, List<ReplicaSample> samples) {
        double merged = share(samples, SampleState.MERGED);
        double mixed = share(samples, SampleState.MIXED);
        double unmerged = share(samples, SampleState.UNMERGED);
        return new Minute(
                replica,
                from,
                unmerged,
                merged,
                mixed,
                share(samples, SampleState.IDLE),
                share(samples, SampleState.AWAY),
                adapters(samples),
                samples.stream().mapToInt(ReplicaSample::waiting).max().orElse(0),
                samples.stream().mapToLong(ReplicaSample::tokens).sum());
    }

    private static double share(List<ReplicaSample> samples, SampleState state) {
        return (double) samples.stream().filter(one -> one.state() == state).count()
                / samples.size();
    }

    private static String adapters(List<ReplicaSample> samples) {
        var seconds =
                samples.stream()
                        .map(ReplicaSample::adapter)
                        .filter(Objects::nonNull)
                        .collect(Collectors.groupingBy(name -> name, Collectors.counting()));
        return seconds.entrySet().stream()
                .sorted(Map.Entry.<String, Long>comparingByValue().reversed())
                .map(entry -> entry.getKey())
                .collect(Collectors.joining(", "));
    }
}
