package org.dlora.engine.delivery;

import org.dlora.replica.GenerationEvent;

/** Receives the events of all requests of a replica, in order. */
@FunctionalInterface
public interface EventSink {
    void on(String request, GenerationEvent event);
}
