package org.dlora.engine.delivery;

import org.dlora.replica.GenerationEvent;
import org.dlora.replica.ReplicaEvent;

/** Receives the events of all requests of a replica, in order. */
@FunctionalInterface
public interface EventSink {
    void on(String request, GenerationEvent event);

    /** Takes an event of a request that moves. After an export it has no more events here. */
    default void moved(ReplicaEvent.Move move) {}
}
