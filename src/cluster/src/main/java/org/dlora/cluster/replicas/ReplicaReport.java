package org.dlora.cluster.replicas;

import java.time.Instant;
import java.util.List;
import org.dlora.scheduling.ReplicaLoad;
import org.jspecify.annotations.Nullable;

/**
 * A replica with its requests.
 *
 * @param memory name of its adapter memory
 * @param load its requests and KV blocks
 * @param adapters resident in its memory
 * @param requests unfinished ones, the oldest first
 */
public record ReplicaReport(
        String id,
        String memory,
        Condition condition,
        ReplicaLoad load,
        List<Kept> adapters,
        List<OpenRequest> requests) {
    public ReplicaReport {
        adapters = List.copyOf(adapters);
        requests = List.copyOf(requests);
    }

    /**
     * State of the replica with its reason.
     *
     * @param reason null while it serves
     * @param since null if not known
     */
    public record Condition(
            ReplicaStatus state, @Nullable String reason, @Nullable Instant since) {}

    /**
     * A resident adapter.
     *
     * @param name for clients; the id of a version that is not served any more
     */
    public record Kept(String name, long bytes) {}

    /**
     * An unfinished request.
     *
     * @param clientId id that the client gave the call, null if it gave none
     * @param model name that the client gave
     * @param adapter id of its adapter for replicas, null for the base model
     * @param outputTokens that the client has got
     * @param age seconds since its arrival
     * @param movingTo id of the replica that it moves to, null if it does not move
     */
    public record OpenRequest(
            String id,
            @Nullable String clientId,
            String model,
            @Nullable String adapter,
            int outputTokens,
            double age,
            @Nullable String movingTo) {}
}
