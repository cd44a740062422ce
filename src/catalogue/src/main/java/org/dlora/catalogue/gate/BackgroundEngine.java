package org.dlora.catalogue.gate;

import org.dlora.engine.delivery.GenerationListener;
import org.dlora.replica.request.GenerationRequest;

/** The replicas, for requests that no client waits for. Thread-safe. */
public interface BackgroundEngine {
    /**
     * Queues a request, which neither history nor meters count.
     *
     * @param request names its adapter by the id of a registration
     * @throws IllegalArgumentException if it can never be served
     * @throws IllegalStateException if no replica serves
     */
    void submit(GenerationRequest request, GenerationListener listener);

    /** Ends a request; does nothing if it has ended. */
    void cancel(String requestId);

    /** Returns whether requests wait for a place in a batch. */
    boolean isBusy();
}
