package org.dlora.scheduling.dispatch;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The choice of a replica for a request, with what was predicted for each replica.
 *
 * @param chosen prospect on the chosen replica; null if no replica can serve the request
 * @param prospects one for each replica, in the order of the outlooks
 * @param rule that made the choice
 */
public record DispatchDecision(
        @Nullable Prospect chosen, List<Prospect> prospects, DispatchRule rule) {
    public DispatchDecision {
        prospects = List.copyOf(prospects);
    }

    /** Returns the chosen replica; empty if no replica can serve the request. */
    public Optional<String> replica() {
        return Optional.ofNullable(chosen).map(Prospect::replica);
    }

    /**
     * Returns the predicted seconds until the request has ended; NaN if none are predicted.
     *
     * <p>{@link Prospect#finish} has them for the other replicas.
     */
    public double finish() {
        return chosen == null ? Double.NaN : chosen.finish();
    }

    /**
     * Returns a sentence without a full stop for each replica. The sentences are made here, not
     * with the decision, as few are read.
     */
    public Map<String, String> reasons() {
        var reasons = new LinkedHashMap<String, String>();
        for (var prospect : prospects) {
            reasons.put(prospect.replica(), rule.reason(prospect, this));
        }
        return reasons;
    }
}
