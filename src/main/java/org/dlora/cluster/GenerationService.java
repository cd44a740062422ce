package org.dlora.cluster;

import org.dlora.engine.GenerationListener;
import org.dlora.engine.GenerationRequest;

/** Where requests go in: one call for all replicas. Thread-safe; returns at once. */
public interface GenerationService {
    /**
     * Queues a request on a replica. Its events arrive at {@code listener} on that replica's
     * thread, the last being {@code Finished} or {@code Failed}.
     *
     * @throws QueueFullException if {@code dlora.max-queue} requests are waiting already
     * @throws NoSuchAdapterException if the adapter is not loaded, or not any more
     * @throws IllegalArgumentException if the prompt does not fit the context
     */
    void submit(GenerationRequest request, GenerationListener listener);

    /**
     * Ends a request within a step and frees what it holds; nothing happens if it has ended
     * already.
     */
    void cancel(String requestId);

    /** Whether requests are taken: not while a replica has ended by a defect or is closed. */
    boolean isServing();
}
