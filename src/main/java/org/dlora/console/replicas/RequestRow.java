package org.dlora.console.replicas;

import java.util.List;
import org.dlora.cluster.replicas.ReplicaReport;
import org.jspecify.annotations.Nullable;

/**
 * An unfinished request of a replica.
 *
 * @param model name that its client gave
 * @param isBase whether that is the base model
 * @param age seconds since its arrival
 * @param tokens that its client has got
 * @param kind class of the mark of its mode
 * @param mode in words
 * @param movingTo id of the replica that it moves to; null if it does not move
 */
record RequestRow(
        String id,
        String model,
        boolean isBase,
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
    static List<RequestRow> of(ReplicaReport report, WeightsState weights, String base, int most) {
        return report.requests().stream()
                .limit(most)
                .map(request ->
                        new RequestRow(
                                request.id(),
                                request.model(),
                                request.model().equals(base),
                                request.age(),
                                request.outputTokens(),
                                weights.kindOf(request.model()),
                                weights.modeOf(request.model()),
                                request.movingTo()))
                .toList();
    }
}
