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

    private QueueFullException(String message) {
        super(message);
    }

    /**
     * Returns the refusal of a call because of its bytes.
     *
     * @param its bytes of the team's waiting requests
     */
    static QueueFullException ofBytes(long waiting, long limit, long call, long its) {
        return new QueueFullException(
                "The queue is full: waiting requests hold %d of %d bytes, %d of them the caller's team, which may hold as many as are free; the call has %d more. Try again shortly."
                        .formatted(waiting, limit, its, call));
    }

    private static String more(int call) {
        return call == 1 ? "" : "; the call has %d more".formatted(call);
    }
}
