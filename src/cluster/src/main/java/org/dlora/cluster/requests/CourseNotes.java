package org.dlora.cluster.requests;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.dlora.cluster.facts.CourseMark;
import org.dlora.cluster.facts.CourseMark.Kind;

/** Notes of a request's interruptions, the first {@value #MOST} marks. */
final class CourseNotes {
    /** Marks that are kept: a request may be preempted many times. */
    static final int MOST = 64;

    private final List<CourseMark> marks = new ArrayList<>();
    private boolean isInterrupted;

    void interrupted(Kind kind, Instant at, String replica) {
        add(kind, at, replica);
        isInterrupted = true;
    }

    /** Notes a token, which ends an interruption. */
    void token(Instant at, String replica) {
        if (isInterrupted) {
            add(Kind.RESUMED, at, replica);
            isInterrupted = false;
        }
    }

    boolean isInterrupted() {
        return isInterrupted;
    }

    private void add(Kind kind, Instant at, String replica) {
        if (marks.size() < MOST) {
            marks.add(new CourseMark(kind, at, replica));
        }
    }

    List<CourseMark> marks() {
        return List.copyOf(marks);
    }
}
