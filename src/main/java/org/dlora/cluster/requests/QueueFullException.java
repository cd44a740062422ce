package org.dlora.cluster.requests;

import org.dlora.scheduling.TeamRef;

/** Refusal of a request because too many are waiting. The client should try again. */
public final class QueueFullException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public QueueFullException(int waiting, int limit) {
        this(waiting, limit, 1);
    }

    /**
     * @param call number of requests of the call
     */
    QueueFullException(int waiting, int limit, int call) {
        super(
                "The queue is full: %d requests are waiting, the limit is %d%s. Try again shortly."
                        .formatted(waiting, limit, more(call)));
    }

    /**
     * @param call number of requests of the call
     * @param its requests of the team that have no token yet
     * @param part of the queue that the team has
     */
    QueueFullException(int waiting, int limit, int call, TeamRef team, int its, int part) {
        super(
                "The queue is full: %d requests are waiting, the limit is %d; %s has %d, its part is %d%s. Try again shortly."
                        .formatted(
                                waiting,
                                limit,
                                team.isTeam()
                                        ? "team '" + team.name() + "'"
                                        : "the group of callers without a team",
                                its,
                                part,
                                more(call)));
    }

    private static String more(int call) {
        return call == 1 ? "" : "; the call has %d more".formatted(call);
    }
}
