package org.dlora.api.admin.cluster;

import java.util.List;
import org.dlora.cluster.dispatch.DispatchRecord;
import org.dlora.scheduling.dispatch.AdapterPresence;
import org.dlora.scheduling.dispatch.DispatchDecision;
import org.dlora.scheduling.dispatch.Prospect;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/**
 * A decision on the replica of a request. Times are in seconds.
 *
 * @param model name that the client gave
 * @param policy rule that decided
 * @param chosen id of the replica, null if none could serve the request
 * @param replicas replicas that were offered, in configured order
 */
@JsonNaming(SnakeCaseStrategy.class)
record DispatchBody(
        String request,
        String model,
        String policy,
        @Nullable String chosen,
        List<ReplicaProspect> replicas) {

    /**
     * A replica as the request found it.
     *
     * @param finish predicted time to the end of the request; null if nothing was predicted
     * @param start part of it until its prefill begins
     * @param prompt part of it for its prompt
     * @param answer part of it for its decode steps
     * @param others delay of the unfinished requests, summed over them
     * @param unfinished requests on the replica, and those that are expected there
     * @param adapter standing of the request's adapter in the replica's memory
     * @param cachedTokens tokens of the prompt that were expected in its prefix cache
     */
    @JsonNaming(SnakeCaseStrategy.class)
    record ReplicaProspect(
            String replica,
            @Nullable Double finish,
            @Nullable Double start,
            @Nullable Double prompt,
            @Nullable Double answer,
            @Nullable Double others,
            int unfinished,
            String adapter,
            int cachedTokens,
            String reason) {
        static ReplicaProspect of(Prospect prospect, DispatchDecision decision) {
            return new ReplicaProspect(
                    prospect.replica(),
                    figure(prospect.finish()),
                    figure(prospect.start()),
                    figure(prospect.prompt()),
                    figure(prospect.answer()),
                    figure(prospect.others()),
                    prospect.unfinished(),
                    standing(prospect.presence()),
                    prospect.prefixTokens(),
                    decision.rule().reason(prospect, decision));
        }

        private static @Nullable Double figure(double seconds) {
            return Double.isFinite(seconds) ? seconds : null;
        }

        private static String standing(AdapterPresence presence) {
            return switch (presence) {
                case AdapterPresence.Resident _ -> "resident";
                case AdapterPresence.Loading _ -> "loading";
                case AdapterPresence.Absent _ -> "absent";
                case AdapterPresence.Impossible _ -> "impossible";
            };
        }
    }

    static DispatchBody of(DispatchRecord dispatched) {
        var decision = dispatched.decision();
        return new DispatchBody(
                dispatched.request(),
                dispatched.model(),
                decision.rule().policy().label(),
                decision.replica().orElse(null),
                decision.prospects().stream()
                        .map(prospect -> ReplicaProspect.of(prospect, decision))
                        .toList());
    }
}
