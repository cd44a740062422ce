package org.dlora.console.requests;

import static java.util.Comparator.comparingInt;
import static java.util.stream.Collectors.toMap;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.dlora.cluster.dispatch.DispatchRecord;
import org.dlora.cluster.migration.MigrationRecord;
import org.dlora.cluster.replicas.ReplicaReport;
import org.dlora.console.decisions.DecisionSentence;
import org.dlora.console.decisions.RegistrationNames;
import org.dlora.console.decisions.RuleWords;
import org.dlora.console.page.Formats;
import org.dlora.engine.DecisionLog;
import org.dlora.engine.SchedulingReport;
import org.dlora.operate.Administration;
import org.dlora.replica.RecordedStep;

/**
 * Decisions on a request that are still in memory: the steps of each replica that its log keeps,
 * and the last 256 dispatches and moves of the cluster.
 */
final class Reasons {
    private static final int KEPT = 256;
    private static final int SHOWN = 3;

    private final List<SchedulingReport> reports;
    private final List<DispatchRecord> dispatches;
    private final List<MigrationRecord> moves;
    private final Map<String, String> memories;
    private final RegistrationNames names;
    private final Instant now;

    /**
     * @param memories name of the adapter memory of each replica
     */
    Reasons(
            List<SchedulingReport> reports,
            List<DispatchRecord> dispatches,
            List<MigrationRecord> moves,
            Map<String, String> memories,
            RegistrationNames names,
            Instant now) {
        this.reports = reports;
        this.dispatches = dispatches;
        this.moves = moves;
        this.memories = memories;
        this.names = names;
        this.now = now;
    }

    /** Returns the decisions that are in memory now; none if the administration is closed. */
    static Reasons of(Administration administration, Instant now) {
        var names = RegistrationNames.of(administration.models());
        return administration.read(
                open ->
                        new Reasons(
                                open.scheduling().scheduling(DecisionLog.MOST),
                                open.scheduling().dispatch(KEPT),
                                open.migrations().history(),
                                open.replicas().replicas().stream()
                                        .collect(toMap(ReplicaReport::id, ReplicaReport::memory)),
                                names,
                                now),
                new Reasons(List.of(), List.of(), List.of(), Map.of(), names, now));
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

    /** Returns the name of the adapter memory of a replica; empty if it is not known any more. */
    Optional<String> memory(String replica) {
        return Optional.ofNullable(memories.get(replica));
    }

    /** Returns a mode of weights in words. */
    String mode(String mode) {
        return RuleWords.mode(mode, names::name);
    }

    /** Returns the name of an adapter for people. */
    String name(String id) {
        return names.name(id);
    }

    /** Returns a recorded explanation of a policy as a sentence. */
    String sentence(String why) {
        return RuleWords.sentence(why, names);
    }

    /**
     * Returns the decisions on a replica's steps in a time, in sentences; empty if none are kept.
     */
    List<String> steps(String replica, Instant from, Instant to) {
        return reports.stream()
                .filter(one -> one.replica().equals(replica))
                .findFirst()
                .map(report -> steps(report, from, to))
                .orElse(List.of());
    }

    private List<String> steps(SchedulingReport report, Instant from, Instant to) {
        var groups = new ArrayList<AlikeSteps>();
        for (var step : report.steps()) {
            var at = time(report, step);
            if (at.isBefore(to) && at.plusNanos((long) (step.seconds() * 1e9)).isAfter(from)) {
                group(groups, step).add(step);
            }
        }
        boolean isWhole = isWhole(report, from);
        return groups.stream()
                .sorted(comparingInt(AlikeSteps::count).reversed())
                .limit(SHOWN)
                .map(group -> group.sentence(names, isWhole))
                .toList();
    }

    /** Returns whether all steps since {@code from} are kept, and not one a second of them. */
    private boolean isWhole(SchedulingReport report, Instant from) {
        var steps = report.steps();
        for (int i = 1; i < steps.size() && !time(report, steps.get(i - 1)).isBefore(from); i++) {
            if (steps.get(i).number() != steps.get(i - 1).number() - 1) {
                return false;
            }
        }
        return true;
    }

    private static AlikeSteps group(List<AlikeSteps> groups, RecordedStep step) {
        for (var group : groups) {
            if (DecisionSentence.isAlike(group.newest, step)) {
                return group;
            }
        }
        var group = new AlikeSteps(step);
        groups.add(group);
        return group;
    }

    private Instant time(SchedulingReport report, RecordedStep step) {
        return now.minus(Duration.ofNanos((long) ((report.now() - step.at()) * 1e9)));
    }

    /** Steps with decisions of one kind. */
    private static final class AlikeSteps {
        private final RecordedStep newest;
        private int count;
        private double seconds;

        AlikeSteps(RecordedStep newest) {
            this.newest = newest;
        }

        int count() {
            return count;
        }

        void add(RecordedStep step) {
            count++;
            seconds += step.seconds();
        }

        /**
         * @param isWhole whether all such steps are counted, and not one a second
         */
        String sentence(RegistrationNames names, boolean isWhole) {
            var decision = DecisionSentence.of(newest, names);
            var mean = Formats.ALL.seconds(seconds / count);
            return count == 1
                    ? "%s of %s. %s"
                            .formatted(isWhole ? "A step" : "One of its steps,", mean, decision)
                    : "%d %s of %s on average; of the newest: %s"
                            .formatted(count, isWhole ? "steps" : "of its steps,", mean, decision);
        }
    }
}
