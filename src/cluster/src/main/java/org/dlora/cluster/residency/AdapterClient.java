package org.dlora.cluster.residency;

import org.dlora.replica.request.GenerationEvent.Failed;
import org.dlora.replica.request.GenerationRequest;

/** A request that needs an adapter. One of its actions is run, once. */
public interface AdapterClient {
    GenerationRequest request();

    /**
     * Goes on with the adapter; called under the memory's lock.
     *
     * @param use to be closed when the request does not need the adapter any more, but not if this
     *     throws
     */
    void granted(AdapterUse use);

    /** Takes the reason why the adapter is not loaded. */
    void failed(Failed event);

    /** Ends the wait at the client's wish. */
    void cancelled();
}
