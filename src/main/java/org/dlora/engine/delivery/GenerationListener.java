package org.dlora.engine.delivery;

import org.dlora.replica.GenerationEvent;

/**
 * Receives a request's events on the thread that tells those of all requests of a replica: must
 * return soon, and may call the replica. If it throws, its request is cancelled.
 */
@FunctionalInterface
public interface GenerationListener {
    void on(GenerationEvent event);
}
