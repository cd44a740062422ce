package org.dlora.scheduling.dispatch;

import java.util.List;
import org.dlora.scheduling.CostModel;
import org.dlora.scheduling.ReplicaLoad;
import org.dlora.scheduling.StepLimits;
import org.jspecify.annotations.Nullable;

/**
 * A replica as a new request would find it.
 *
 * @param load its unfinished requests and KV blocks; cached prefixes are free blocks
 * @param unavailable reason why it takes no requests, such as "it drains"; null if it takes them
 * @param costs cost model of its device
 * @param batch adapters of the running sequences, and of the waiting ones that get the free places
 *     of a step; the other rows of the step are the base model's
 * @param merged adapter that is merged into the weights; null if unmerged
 * @param contextTokens positions in KV blocks of running sequences, summed
 * @param prefillTokens prompt tokens still to compute, of running and waiting sequences
 * @param remainingTokens expected output tokens still to come, of running and waiting sequences
 * @param presence standing of the request's adapter
 * @param prefixTokens tokens at the beginning of the request that are expected to be cached
 */
public record ReplicaOutlook(
        ReplicaLoad load,
        @Nullable String unavailable,
        CostModel costs,
        StepLimits limits,
        List<BatchShare> batch,
        @Nullable MergedAdapter merged,
        long contextTokens,
        long prefillTokens,
        double remainingTokens,
        AdapterPresence presence,
        int prefixTokens) {
    public ReplicaOutlook {
        batch = List.copyOf(batch);
        if (contextTokens < 0 || prefillTokens < 0 || prefixTokens < 0 || !(remainingTokens >= 0)) {
            throw new IllegalArgumentException(
                    "Replica %s has %d context, %d prefill, %d prefix and %s remaining tokens: expected at least 0 of each"
                            .formatted(
                                    load.id(),
                                    contextTokens,
                                    prefillTokens,
                                    prefixTokens,
                                    remainingTokens));
        }
    }

    /** Returns this outlook for a request of another adapter, or with another prefix. */
    public ReplicaOutlook with(AdapterPresence presence, int prefixTokens) {
        return new ReplicaOutlook(
                load,
                unavailable,
                costs,
                limits,
                batch,
                merged,
                contextTokens,
                prefillTokens,
                remainingTokens,
                presence,
                prefixTokens);
    }

    /**
     * Returns this outlook with a request that has been sent since it was taken. So requests that
     * come at once do not all go to one replica.
     */
    public ReplicaOutlook plus(DispatchRequest sent) {
        boolean hasPlace = unfinished() < limits.maxBatch();
        return new ReplicaOutlook(
                new ReplicaLoad(
                        load.id(),
                        load.running(),
                        load.waiting() + 1,
                        load.freeBlocks(),
                        load.totalBlocks()),
                unavailable,
                costs,
                limits,
                hasPlace ? RowsByAdapter.of(this).plus(sent, 1).shares() : batch,
                merged,
                contextTokens,
                prefillTokens + sent.promptTokens(),
                remainingTokens + sent.outputTokens(),
                presence,
                prefixTokens);
    }

    /** Returns the unfinished requests. */
    int unfinished() {
        return load.running() + load.waiting();
    }

    /** Returns the expected output tokens that an unfinished request still has to come. */
    double meanRemaining() {
        return unfinished() == 0 ? 0 : remainingTokens / unfinished();
    }
}
