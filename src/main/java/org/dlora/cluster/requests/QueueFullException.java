package org.dlora.cluster.requests;

/** Refusal of a request because too many are waiting. The client should try again. */
public final class QueueFullException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public QueueFullException(int waiting, int limit) {
        super(
                "The queue is full: "
                        + waiting
                        + " requests are waiting, the limit is "
                        + limit
                        + ". Try again shortly.");
    }
}
