package org.dlora.console.requests;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.dlora.cluster.facts.CourseMark;
import org.dlora.cluster.history.RequestRecord;
import org.jspecify.annotations.Nullable;

/** The time of an ended request, cut into the parts of its course. */
final class Course {
    private final RequestRecord row;
    private final List<Part> parts = new ArrayList<>();
    private @Nullable String replica;

    private Course(RequestRecord row) {
        this.row = row;
        replica = row.replicas().isEmpty() ? null : row.replicas().getFirst();
    }

    /** Returns the parts of a request's time, one after another; none is empty. */
    static List<Part> of(RequestRecord row) {
        return new Course(row).parts();
    }

    private List<Part> parts() {
        var times = row.times();
        var done = times.done();
        var queued = times.queued();
        var ready = times.adapterReady();
        var begun = row.begun();
        var first = times.firstToken();
        add(Phase.RECEIVED, times.arrived(), queued == null ? done : queued);
        if (queued != null) {
            add(Phase.LOADING, queued, ready == null ? done : ready);
        }
        if (ready != null) {
            // Without its begin the wait and the prefill are one part.
            var computed = begun == null ? first : begun;
            add(Phase.QUEUED, ready, computed == null ? done : computed);
        }
        if (begun != null) {
            compute(Phase.PREFILL, begun, first == null ? done : first);
        }
        if (first != null) {
            compute(Phase.DECODE, first, done);
        }
        return parts;
    }

    /** Adds a time of computing, and the interruptions in it. */
    private void compute(Phase phase, Instant from, Instant to) {
        var at = from;
        var present = phase;
        for (var mark : row.course()) {
            if (mark.at().isBefore(from) || !mark.at().isBefore(to)) {
                continue;
            }
            add(present, at, mark.at());
            at = mark.at();
            replica = mark.replica();
            present =
                    switch (mark.kind()) {
                        case PREEMPTED -> Phase.PREEMPTED;
                        case MOVED -> Phase.MOVED;
                        case RESCUED -> Phase.RESCUED;
                        case RESUMED -> phase;
                    };
        }
        add(present, at, to);
    }

    private void add(Phase phase, Instant from, Instant to) {
        if (to.isAfter(from)) {
            parts.add(new Part(phase, from, to, phase == Phase.RECEIVED ? null : replica));
        }
    }

    /** Returns whether the marks are not all that happened. Rows of before have none. */
    static boolean isCut(RequestRecord row) {
        long noted =
                row.course().stream()
                        .filter(mark -> mark.kind() == CourseMark.Kind.PREEMPTED)
                        .count();
        return row.begun() != null && noted < row.usage().preemptions();
    }
}
