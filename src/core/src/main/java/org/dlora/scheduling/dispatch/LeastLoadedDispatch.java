package org.dlora.scheduling.dispatch;

import static java.util.Comparator.comparingInt;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Choice of the replica with the fewest running and waiting requests, of those where the request's
 * adapter is resident. If it is resident nowhere, a replica where it is being loaded is chosen, and
 * else any. Of equal ones the replica with more free KV blocks is chosen.
 *
 * <p>This is the dispatch of the static placement that dLoRA (OSDI 2024) is compared with.
 */
public final class LeastLoadedDispatch implements DispatchRule {
    private static final Comparator<ReplicaOutlook> ORDER =
            comparingInt((ReplicaOutlook outlook) -> distance(outlook.presence()))
                    .thenComparingInt(ReplicaOutlook::unfinished)
                    .thenComparingInt(outlook -> -outlook.load().freeBlocks())
                    .thenComparing(outlook -> outlook.load().id());

    /** Returns how far an adapter is from being resident; less is preferred to any load. */
    private static int distance(AdapterPresence presence) {
        return switch (presence) {
            case AdapterPresence.Resident _ -> 0;
            case AdapterPresence.Loading _ -> 1;
            case AdapterPresence.Absent _ -> 2;
            case AdapterPresence.Impossible _ -> 3;
        };
    }

    @Override
    public DispatchDecision choose(DispatchRequest request, List<ReplicaOutlook> replicas) {
        var prospects = new ArrayList<Prospect>(replicas.size());
        ReplicaOutlook best = null;
        Prospect chosen = null;
        for (var outlook : replicas) {
            var refused = FinishForecast.refusal(request, outlook);
            var prospect = Prospect.unpredicted(outlook, refused);
            prospects.add(prospect);
            if (refused == null && (best == null || ORDER.compare(outlook, best) < 0)) {
                best = outlook;
                chosen = prospect;
            }
        }
        return new DispatchDecision(chosen, prospects, this);
    }

    @Override
    public DispatchPolicy policy() {
        return DispatchPolicy.LEAST_LOADED;
    }

    @Override
    public String reason(Prospect prospect, DispatchDecision decision) {
        if (prospect.refused() != null) {
            return "is not offered: " + prospect.refused();
        }
        var chosen = decision.chosen();
        var requests = DispatchReasons.unfinished(prospect);
        if (chosen == null || prospect.equals(chosen)) {
            return "is chosen by least load: %s; %s"
                    .formatted(requests, standing(prospect.presence()));
        }
        return distance(prospect.presence()) > distance(chosen.presence())
                ? "is not chosen: %s, unlike on %s"
                        .formatted(standing(prospect.presence()), chosen.replica())
                : "is not chosen: %s, no less than on %s".formatted(requests, chosen.replica());
    }

    private static String standing(AdapterPresence presence) {
        return switch (presence) {
            case AdapterPresence.Resident _ -> "the model is resident";
            case AdapterPresence.Loading _ -> "a load of the adapter is in progress";
            case AdapterPresence.Absent _ -> "the adapter is not resident";
            case AdapterPresence.Impossible _ -> "the adapter has no room";
        };
    }
}
