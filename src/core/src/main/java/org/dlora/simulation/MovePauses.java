package org.dlora.simulation;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.dlora.replica.ReplicaEvent;

/** The pauses of streams whose requests were moved. */
final class MovePauses {
    private final Map<String, Open> open = new HashMap<>();
    private final List<MovePause> ended = new ArrayList<>();

    /**
     * The pause of a stream between its last token from one replica and the first from another.
     *
     * @param seconds of the pause
     * @param steps of the new replica that it took
     * @param stepSeconds of these steps
     * @param copySeconds until its last KV blocks were there
     */
    record MovePause(double seconds, int steps, double stepSeconds, double copySeconds) {
        private static final double ROUNDING = 1e-9;

        /** Returns whether it took at most two steps and the copy of the last blocks. */
        boolean isShort() {
            return steps <= 2 && seconds <= stepSeconds + copySeconds + ROUNDING;
        }
    }

    private static final class Open {
        final double since;
        final double copySeconds;
        int steps;
        double stepSeconds;

        Open(double since, double copySeconds) {
            this.since = since;
            this.copySeconds = copySeconds;
        }
    }

    /** Notes that a request leaves its replica. */
    void begins(VirtualRequest request, double copySeconds) {
        if (request.output > 0) {
            open.put(request.id(), new Open(request.lastTokenAt, copySeconds));
        }
    }

    /** Notes that a request could not leave its replica, and goes on there. */
    void failed(VirtualRequest request) {
        open.remove(request.id());
    }

    /** Notes the steps up to the next token. */
    void stepped(ReplicaEvent.Resumed event) {
        var pause = open.get(event.request());
        if (pause != null) {
            pause.steps = event.steps();
            pause.stepSeconds = event.seconds();
        }
    }

    /** Notes a token of a request. */
    void token(VirtualRequest request, double now) {
        request.lastTokenAt = now;
        var pause = open.remove(request.id());
        if (pause != null) {
            ended.add(
                    new MovePause(
                            now - pause.since, pause.steps, pause.stepSeconds, pause.copySeconds));
        }
    }

    /** Returns the pauses that have ended. */
    List<MovePause> ended() {
        return ended;
    }
}
