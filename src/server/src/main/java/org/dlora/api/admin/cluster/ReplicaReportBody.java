package org.dlora.api.admin.cluster;

import java.time.Instant;
import java.util.List;
import org.dlora.cluster.replicas.ReplicaReport;
import org.dlora.cluster.replicas.ReplicaReport.Kept;
import org.dlora.cluster.replicas.ReplicaReport.OpenRequest;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/**
 * A replica with its requests.
 *
 * @param memory name of its adapter memory
 * @param reason null while it serves
 * @param since time from which the state holds, null if not known
 * @param running requests that hold KV blocks
 * @param adapters resident in its memory
 * @param requests unfinished ones, the oldest first
 */
@JsonNaming(SnakeCaseStrategy.class)
record ReplicaReportBody(
        String id,
        String memory,
        String state,
        @Nullable String reason,
        @Nullable Instant since,
        int running,
        int waiting,
        int freeBlocks,
        int totalBlocks,
        List<AdapterBody> adapters,
        List<RequestBody> requests) {

    /** A resident adapter. */
    record AdapterBody(String name, long bytes) {
        static AdapterBody of(Kept adapter) {
            return new AdapterBody(adapter.name(), adapter.bytes());
        }
    }

    /**
     * An unfinished request.
     *
     * @param client id that the client gave the call, null if it gave none
     * @param age seconds since its arrival
     * @param movingTo id of the replica that it moves to, null if it does not move
     */
    @JsonNaming(SnakeCaseStrategy.class)
    record RequestBody(
            String id,
            @Nullable String client,
            String model,
            int outputTokens,
            double age,
            @Nullable String movingTo) {
        static RequestBody of(OpenRequest request) {
            return new RequestBody(
                    request.id(),
                    request.clientId(),
                    request.model(),
                    request.outputTokens(),
                    request.age(),
                    request.movingTo());
        }
    }

    static ReplicaReportBody of(ReplicaReport report) {
        var condition = report.condition();
        var load = report.load();
        return new ReplicaReportBody(
                report.id(),
                report.memory(),
                condition.state().label(),
                condition.reason(),
                condition.since(),
                load.running(),
                load.waiting(),
                load.freeBlocks(),
                load.totalBlocks(),
                report.adapters().stream().map(AdapterBody::of).toList(),
                report.requests().stream().map(RequestBody::of).toList());
    }
}
