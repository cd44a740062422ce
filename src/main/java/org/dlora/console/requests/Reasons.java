package org.dlora.console.requests;

import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.dlora.api.openai.Served;
import org.dlora.cluster.SchedulingService;
import org.dlora.cluster.dispatch.DispatchRecord;
import org.dlora.cluster.migration.MigrationRecord;
import org.dlora.cluster.migration.MigrationService;
import org.dlora.console.page.Formats;
import org.dlora.engine.SchedulingReport;
import org.dlora.replica.RecordedStep;

/**
 * Decisions on a request that are still in memory: the last 256 steps of each replica, dispatches
 * and moves of the cluster.
 */
final class Reasons {
    private static final int KEPT = 256;
    private static final int SHOWN = 3;

    private final List<SchedulingReport> reports;
    private final List<DispatchRecord> dispatches;
    private final List<MigrationRecord> moves;
    private final Instant now;

    private Reasons(
            List<SchedulingReport> reports,
            List<DispatchRecord> dispatches,
            List<MigrationRecord> moves,
            Instant now) {
        this.reports = reports;
        this.dispatches = dispatches;
        this.moves = moves;
        this.now = now;
    }

    static Reasons of(Served served, Instant now) {
        return new Reasons(
                served.scheduling().map(service -> service.scheduling(KEPT)).orElse(List.of()),
                served.scheduling()
                        .map((SchedulingService service) -> service.dispatch(KEPT))
                        .orElse(List.of()),
                served.migrations().map(MigrationService::history).orElse(List.of()),
                now);
    }

    /** Returns why the request went to its replica, in a sentence; empty if not known any more. */
    Optional<String> dispatch(String request) {
        return dispatches.stream()
                .filter(one -> one.request().equals(request))
                .findFirst()
                .flatMap(one ->
                        one.decision()
                                .replica()
                                .map(replica ->
                                        "Replica %s %s. The dispatch policy is %s."
                                                .formatted(
                                                        replica,
                                                        one.decision().reasons().get(replica),
                                                        one.decision().rule().policy().label())));
    }

    /** Returns the move of a request that ended last before {@code at} or at it. */
    Optional<MigrationRecord> move(String request, Instant at) {
        return moves.stream()
                .filter(move -> move.request().equals(request) && !move.begunAt().isAfter(at))
                .findFirst();
    }

    /** Returns the reasons of a replica's steps in a time, in sentences; empty if none are kept. */
    List<String> steps(String replica, Instant from, Instant to) {
        var report = reports.stream().filter(one -> one.replica().equals(replica)).findFirst();
        if (report.isEmpty()) {
            return List.of();
        }
        Map<String, Count> counts = new LinkedHashMap<>();
        for (var step : report.get().steps()) {
            var at = time(report.get(), step);
            if (at.isBefore(to) && at.plusNanos((long) (step.seconds() * 1e9)).isAfter(from)) {
                counts.computeIfAbsent(step.decision().why(), _ -> new Count()).add(step);
            }
        }
        return counts.entrySet().stream()
                .sorted((a, b) -> Integer.compare(b.getValue().steps, a.getValue().steps))
                .limit(SHOWN)
                .map(entry -> entry.getValue().sentence(entry.getKey()))
                .toList();
    }

    private Instant time(SchedulingReport report, RecordedStep step) {
        return now.minus(Duration.ofNanos((long) ((report.now() - step.at()) * 1e9)));
    }

    /** Steps with one reason. */
    private static final class Count {
        private int steps;
        private long rows;
        private long sequences;
        private double seconds;

        void add(RecordedStep step) {
            steps++;
            rows += step.rows();
            sequences += step.sequences();
            seconds += step.seconds();
        }

        String sentence(String why) {
            return "%s (%d %s of %s, with %s rows of %s requests on average)."
                    .formatted(
                            why.substring(0, 1).toUpperCase(Locale.ROOT) + why.substring(1),
                            steps,
                            steps == 1 ? "step" : "steps",
                            Formats.ALL.seconds(seconds / steps),
                            Formats.ALL.number(1.0 * rows / steps, 0),
                            Formats.ALL.number(1.0 * sequences / steps, 0));
        }
    }
}
