package org.dlora.engine.delivery;

import org.dlora.replica.ReplicaEvent;
import org.dlora.replica.request.GenerationEvent;

/**
 * Client of one request, to which the request's events are delivered. It is called on the thread
 * that serves all clients of a replica, so it must return soon. It may call the replica. If it
 * throws, its request is cancelled.
 */
@FunctionalInterface
public interface GenerationListener {
    void on(GenerationEvent event);

    /**
     * Notes that the first rows of the request are about to be computed; a replica that it moves to
     * may say so again. It is called on the replica's thread, beside the events, and must return at
     * once.
     *
     * @param nanos {@link System#nanoTime} of that
     */
    default void began(long nanos) {}

    /**
     * Notes that the request has lost its KV blocks, and is computed again before its next token;
     * it comes after all events before that.
     */
    default void preempted() {}

    /** Takes an event of the request's move; it comes after all events before the move. */
    default void moved(ReplicaEvent.Move move) {}
}
