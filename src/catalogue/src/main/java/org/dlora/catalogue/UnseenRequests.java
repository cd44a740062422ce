package org.dlora.catalogue;

import org.dlora.catalogue.gate.BackgroundEngine;
import org.dlora.cluster.Cluster;
import org.dlora.engine.delivery.GenerationListener;
import org.dlora.replica.request.GenerationRequest;

/** The cluster as gates use it. */
record UnseenRequests(Cluster cluster) implements BackgroundEngine {

    @Override
    public void submit(GenerationRequest request, GenerationListener listener) {
        cluster.submitUnseen(request, listener);
    }

    @Override
    public void cancel(String requestId) {
        cluster.cancel(requestId);
    }

    @Override
    public boolean isBusy() {
        return cluster.load().waiting() > 0;
    }
}
