package org.dlora.engine.delivery;

import org.dlora.replica.GenerationEvent;
import org.dlora.replica.ReplicaEvent;

/** Receives the events of all requests of a replica, in order. */
@FunctionalInterface
public interface EventSink {
    void on(String request, GenerationEvent event);

    /**
     * Notes that the first rows of a request are about to be computed. It is called on the
     * replica's thread, beside the events, and must return at once.
     *
     * @param nanos {@link System#nanoTime} of that
     */
    default void began(String request, long nanos) {}

    /** Notes that a request has lost its KV blocks, and is computed again. */
    default void preempted(String request) {}

    /** Takes an event of a request that moves. After an export it has no more events here. */
    default void moved(ReplicaEvent.Move move) {}
}
