package org.dlora.engine.delivery;

import org.dlora.replica.GenerationEvent;

/** Receives the events of all requests of a replica, in order. */
@FunctionalInterface
public interface EventSink {
    void on(String request, GenerationEvent event);

    /** Notes that a request has left its replica: it has no more events here. */
    default void left(String request) {}
}
