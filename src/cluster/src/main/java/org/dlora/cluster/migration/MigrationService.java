package org.dlora.cluster.migration;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.dlora.cluster.adapters.NoSuchAdapterException;
import org.dlora.cluster.rebalance.RebalanceService;
import org.dlora.cluster.replicas.NoSuchReplicaException;
import org.jspecify.annotations.Nullable;

/** Service that moves requests and adapters between replicas, and shows the moves. Thread-safe. */
public interface MigrationService {

    /**
     * Moves a request.
     *
     * @param request its id
     * @param to id of the target
     * @param sendKv whether its KV blocks are sent, otherwise the target computes them
     * @param cause reason of the migration
     * @return completes when the move has ended
     * @throws NoSuchReplicaException if there is no such replica
     * @throws NoSuchRequestException if there is no such unfinished request
     * @throws IllegalArgumentException if the request is there already
     * @throws IllegalStateException if the target takes no requests, or if the request has no
     *     replica yet or is being moved
     */
    CompletableFuture<MigrationRecord> moveRequest(
            String request, String to, boolean sendKv, MoveCause cause);

    /**
     * Loads an adapter into the memory of a replica.
     *
     * @param adapter its name for clients
     * @return completes once it is resident, exceptionally if it cannot be loaded
     * @throws NoSuchReplicaException if there is no such replica
     * @throws NoSuchAdapterException if none is served under that name
     * @throws IllegalStateException if the server is shutting down
     */
    CompletableFuture<AdapterMove> copyAdapter(String adapter, String to);

    /**
     * Moves an adapter with its requests from one memory to another, and evicts it there. Requests
     * that cannot move run to their end before it is evicted.
     *
     * @param adapter its name for clients
     * @param from id of a replica of the memory that it leaves; null if it is resident in one alone
     * @return completes once its requests have moved; exceptionally if it cannot be loaded, with
     *     {@link NoSuchAdapterException} if it is unloaded meanwhile, and with {@link
     *     MoveConflictException} if it is pinned meanwhile
     * @throws NoSuchReplicaException if there is no such replica
     * @throws NoSuchAdapterException if none is served under that name
     * @throws IllegalArgumentException if both replicas share a memory, or {@code from} is needed
     * @throws IllegalStateException if it is pinned, is not resident there, or the target takes no
     *     requests
     */
    CompletableFuture<AdapterMove> moveAdapter(String adapter, String to, @Nullable String from);

    /** Returns the service of plans; empty if there is none. */
    default Optional<RebalanceService> rebalancing() {
        return Optional.empty();
    }

    /** Returns the migrations that run, the oldest first. */
    List<MigrationStatus> running();

    /** Returns the last 256 migrations that have ended, the newest first. */
    List<MigrationRecord> history();
}
