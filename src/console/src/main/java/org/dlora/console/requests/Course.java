package org.dlora.console.requests;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.dlora.catalogue.history.RequestRecord;
import org.dlora.cluster.facts.CourseMark;
import org.jspecify.annotations.Nullable;

/** The time of an ended request, cut into the parts of its course. */
final class Course {
    private final RequestRecord row;
    private final List<CourseMark> marks;
    private final List<Part> parts = new ArrayList<>();
    private @Nullable String replica;

    private Course(RequestRecord row) {
        this.row = row;
        marks = new ArrayList<>(row.course());
        RefusedMove.of(row.course())
                .forEach(move -> marks.removeAll(List.of(move.left(), move.back())));
        var replicas = row.ended().replicas();
        replica = replicas.isEmpty() ? null : replicas.getFirst();
    }

    /** Returns the parts of a request's time, one after another; none is empty. */
    static List<Part> of(RequestRecord row) {
        return new Course(row).parts();
    }

    private List<Part> parts() {
        var times = row.ended();
        var done = times.done();
        var queued = times.queued();
        var ready = times.adapterReady();
        var begun = times.begun();
        var first = times.firstToken();
        add(Phase.RECEIVED, times.arrived(), queued == null ? done : queued);
        if (queued != null) {
            add(Phase.LOADING, queued, ready == null ? done : ready);
        }
        if (ready != null) {
            // Without its begin the wait and the prefill are one part.
            var computed = begun == null ? first : begun;
            compute(Phase.QUEUED, ready, computed == null ? done : computed);
        }
        if (begun != null) {
            compute(Phase.PREFILL, begun, first == null ? done : first);
        }
        if (first != null) {
            compute(Phase.DECODE, first, done);
        }
        return parts;
    }

    /** Adds a time of waiting or computing, and the interruptions in it. */
    private void compute(Phase phase, Instant from, Instant to) {
        var at = from;
        var present = phase;
        boolean wasPreempted = false;
        for (var mark : marks) {
            if (mark.at().isBefore(from) || !mark.at().isBefore(to)) {
                continue;
            }
            add(present, at, mark.at());
            at = mark.at();
            replica = mark.kind() == CourseMark.Kind.LOST ? null : mark.replica();
            wasPreempted = isOnItsWay(mark) && (wasPreempted || present == Phase.PREEMPTED);
            present = after(mark, phase, wasPreempted);
        }
        add(present, at, to);
    }

    private static boolean isOnItsWay(CourseMark mark) {
        return mark.kind() == CourseMark.Kind.MOVED || mark.kind() == CourseMark.Kind.ARRIVED;
    }

    /**
     * Returns the part that follows a mark in a phase. A stream pauses until its next token. A
     * request that waits does so again where it comes to, also one that was preempted, and a
     * prefill goes on there with the KV that was sent.
     */
    private static Phase after(CourseMark mark, Phase phase, boolean wasPreempted) {
        return switch (mark.kind()) {
            case PREEMPTED -> Phase.PREEMPTED;
            case MOVED -> Phase.MOVED;
            case ARRIVED ->
                    wasPreempted ? Phase.PREEMPTED : phase == Phase.DECODE ? Phase.MOVED : phase;
            case LOST -> Phase.RESCUED;
            case RESCUED -> phase == Phase.QUEUED ? phase : Phase.RESCUED;
            case RESUMED -> phase;
        };
    }

    private void add(Phase phase, Instant from, Instant to) {
        if (!to.isAfter(from)) {
            return;
        }
        var place = phase == Phase.RECEIVED ? null : replica;
        var last = parts.isEmpty() ? null : parts.getLast();
        if (last != null && last.phase() == phase && Objects.equals(last.replica(), place)) {
            parts.set(parts.size() - 1, new Part(phase, last.from(), to, place));
        } else {
            parts.add(new Part(phase, from, to, place));
        }
    }

    /** Returns whether the marks are not all that happened. Rows of before have none. */
    static boolean isCut(RequestRecord row) {
        var ended = row.ended();
        return ended.begun() != null
                && (noted(row, CourseMark.Kind.PREEMPTED) < ended.preemptions()
                        || noted(row, CourseMark.Kind.MOVED) < ended.migrations()
                        || noted(row, CourseMark.Kind.RESCUED) < ended.rescues());
    }

    private static long noted(RequestRecord row, CourseMark.Kind kind) {
        return row.course().stream().filter(mark -> mark.kind() == kind).count();
    }
}
