package org.dlora.engine;

import org.dlora.replica.GenerationEvent;

/** Receives the events of all requests of a replica, in order. */
@FunctionalInterface
interface EventSink {
    void on(String request, GenerationEvent event);
}
