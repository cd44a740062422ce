package org.dlora.cluster;

import java.util.List;
import org.dlora.cluster.adapters.NoSuchAdapterException;
import org.dlora.cluster.replicas.ReplicaCondition;
import org.dlora.cluster.requests.QueueFullException;
import org.dlora.cluster.requests.Submission;
import org.dlora.constraint.ConstraintMemoryException;
import org.dlora.engine.delivery.GenerationListener;
import org.dlora.replica.request.GenerationRequest;

/** Service that takes requests for all replicas. Thread-safe; calls return at once. */
public interface GenerationService {
    /**
     * Queues the requests of one call on replicas, all or none. All get the version of their
     * adapter that is served at this moment.
     *
     * @throws QueueFullException if {@code dlora.max-queue} requests are waiting already, and the
     *     call's team has its part of them
     * @throws ConstraintMemoryException if the constraints of unfinished requests leave no memory
     *     for that of the call
     * @throws NoSuchAdapterException if the adapter is not loaded, or not any more
     * @throws IllegalArgumentException if a prompt does not fit the context
     */
    void submit(List<Submission> call);

    /** Queues a call of one request; throws as {@link #submit(List)}. */
    default void submit(GenerationRequest request, GenerationListener listener) {
        submit(List.of(new Submission(request, listener)));
    }

    /**
     * Ends a request within a step and frees its KV blocks. Does nothing if the request has ended.
     */
    void cancel(String requestId);

    /** Returns the load of all replicas after their last steps. */
    ClusterLoad load();

    /** Returns the served adapters that requests need not wait for. */
    default List<ResidentAdapter> residentAdapters() {
        return List.of();
    }

    /** Returns whether requests are taken: at least one replica serves. */
    boolean isServing();

    /** Returns the condition of each replica, in configured order; empty if it is not known. */
    default List<ReplicaCondition> conditions() {
        return List.of();
    }
}
