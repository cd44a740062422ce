package org.dlora.console.replicas;

import java.util.List;
import org.dlora.cluster.replicas.ReplicaReport;
import org.dlora.cluster.samples.ReplicaTimeline;
import org.dlora.console.decisions.WeightsState;
import org.jspecify.annotations.Nullable;

/**
 * An unfinished request of a replica.
 *
 * @param model name that its client gave
 * @param adapter name of the adapter whose weights it has, which has a page; null for the base
 *     model
 * @param age seconds since its arrival
 * @param tokens that its client has got
 * @param kind class of the mark of its mode
 * @param mode in words
 * @param movingTo id of the replica that it moves to; null if it does not move
 */
record ReplicaRequestRow(
        String id,
        String model,
        @Nullable String adapter,
        double age,
        int tokens,
        String kind,
        String mode,
        @Nullable String movingTo) {

    /**
     * Returns the requests of a replica, the oldest first.
     *
     * @param most rows
     */
    static List<ReplicaRequestRow> of(ReplicaReport report, WeightsState weights, int most) {
        return report.requests().stream()
                .limit(most)
                .map(request ->
                        new ReplicaRequestRow(
                                request.id(),
                                request.model(),
                                name(request.adapter()),
                                request.age(),
                                request.outputTokens(),
                                weights.kindOf(request.adapter()),
                                weights.modeOf(request.adapter()),
                                request.movingTo()))
                .toList();
    }

    private static @Nullable String name(@Nullable String adapter) {
        return adapter == null ? null : ReplicaTimeline.name(adapter);
    }
}
