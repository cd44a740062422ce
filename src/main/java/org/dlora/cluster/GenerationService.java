package org.dlora.cluster;

import java.util.List;
import org.dlora.engine.GenerationListener;
import org.dlora.engine.GenerationRequest;

/** Where requests go in: one call for all replicas. Thread-safe; returns at once. */
public interface GenerationService {
    /**
     * Queues the requests of one call on replicas: all or none, and all with the version of their
     * adapter that there is at this moment.
     *
     * @throws QueueFullException if {@code dlora.max-queue} requests are waiting already
     * @throws NoSuchAdapterException if the adapter is not loaded, or not any more
     * @throws IllegalArgumentException if a prompt does not fit the context
     */
    void submit(List<Submission> call);

    /** Queues a call of one request; throws as {@link #submit(List)}. */
    default void submit(GenerationRequest request, GenerationListener listener) {
        submit(List.of(new Submission(request, listener)));
    }

    /**
     * Ends a request within a step and frees what it holds; nothing happens if it has ended
     * already.
     */
    void cancel(String requestId);

    /** Whether requests are taken: not while a replica has ended by a defect or is closed. */
    boolean isServing();
}
