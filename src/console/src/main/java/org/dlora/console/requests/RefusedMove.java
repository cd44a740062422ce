package org.dlora.console.requests;

import java.util.ArrayList;
import java.util.List;
import org.dlora.cluster.facts.CourseMark;
import org.dlora.cluster.facts.CourseMark.Kind;

/**
 * A move that the request's new replica did not take, so that it went back. It is no part of the
 * request's course, in which nothing moved.
 *
 * @param left when the request left for the other replica
 * @param back when its own replica had it again
 */
record RefusedMove(CourseMark left, CourseMark back) {

    /** Returns the refused moves of a request, in their order. */
    static List<RefusedMove> of(List<CourseMark> course) {
        var refused = new ArrayList<RefusedMove>();
        CourseMark left = null;
        for (var mark : course) {
            if (mark.kind() == Kind.ARRIVED
                    && left != null
                    && !left.replica().equals(mark.replica())) {
                refused.add(new RefusedMove(left, mark));
            }
            left = mark.kind() == Kind.MOVED ? mark : null;
        }
        return refused;
    }

    /** Returns the id of the replica that did not take it. */
    String replica() {
        return left.replica();
    }

    /** Returns whether a part of the course has it. */
    boolean isIn(Part part) {
        return !left.at().isBefore(part.from()) && left.at().isBefore(part.to());
    }

    /** Returns the seconds in which it was on its way. */
    double seconds() {
        return RequestLine.seconds(left.at(), back.at());
    }
}
