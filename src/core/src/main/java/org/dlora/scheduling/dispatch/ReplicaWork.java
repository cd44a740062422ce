package org.dlora.scheduling.dispatch;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.dlora.scheduling.AdapterRef;
import org.dlora.scheduling.CostModel;
import org.dlora.scheduling.LoraFacts;
import org.dlora.scheduling.Mode;
import org.dlora.scheduling.ReplicaLoad;
import org.dlora.scheduling.StepLimits;
import org.jspecify.annotations.Nullable;

/**
 * Tally of the unfinished work of one replica, over the requests that are on it or go to it. Not
 * thread-safe.
 */
public final class ReplicaWork {
    private final Map<String, Integer> running = new LinkedHashMap<>();
    private final Map<String, Integer> waiting = new LinkedHashMap<>();
    private long context;
    private long prefill;
    private double remaining;
    private int awaited;

    /**
     * Adds a request.
     *
     * @param outputTokens so far; a request without any waits, or its prompt is being computed
     * @param left expected output tokens to come
     * @param isAwaited whether it waits for its adapter, so that the replica does not have it yet
     */
    public void add(
            AdapterRef adapter,
            int promptTokens,
            int outputTokens,
            double left,
            boolean isAwaited) {
        remaining += left;
        awaited += isAwaited ? 1 : 0;
        if (outputTokens == 0) {
            prefill += promptTokens;
        } else {
            context += promptTokens + outputTokens;
        }
        if (adapter instanceof AdapterRef.Adapter(var id)) {
            (outputTokens == 0 ? waiting : running).merge(id, 1, Integer::sum);
        }
    }

    /** Returns a copy that changes on its own. */
    public ReplicaWork copy() {
        var copy = new ReplicaWork();
        copy.running.putAll(running);
        copy.waiting.putAll(waiting);
        copy.context = context;
        copy.prefill = prefill;
        copy.remaining = remaining;
        copy.awaited = awaited;
        return copy;
    }

    /**
     * Returns the replica as a new request finds it.
     *
     * @param load of the replica, without the awaited requests
     * @param mode of its weights
     * @param lora gives the sizes of adapters by id
     * @param presence of the request's adapter
     * @param prefixTokens of the request that are expected to be cached
     */
    public ReplicaOutlook outlook(
            ReplicaLoad load,
            CostModel costs,
            StepLimits limits,
            Mode mode,
            Function<String, LoraFacts> lora,
            AdapterPresence presence,
            int prefixTokens) {
        return new ReplicaOutlook(
                new ReplicaLoad(
                        load.id(),
                        load.running(),
                        load.waiting() + awaited,
                        load.freeBlocks(),
                        load.totalBlocks()),
                null,
                costs,
                limits,
                batch(limits.maxBatch(), lora),
                merged(mode, lora),
                context,
                prefill,
                remaining,
                presence,
                prefixTokens);
    }

    /** Returns the adapters of the next full batch. */
    private List<BatchShare> batch(int maxBatch, Function<String, LoraFacts> lora) {
        var counts = new LinkedHashMap<String, Integer>();
        int left = maxBatch;
        for (var queue : List.of(running, waiting)) {
            for (var one : queue.entrySet()) {
                int taken = Math.min(left, one.getValue());
                if (taken > 0) {
                    counts.merge(one.getKey(), taken, Integer::sum);
                    left -= taken;
                }
            }
        }
        return counts.entrySet().stream()
                .map(one -> new BatchShare(one.getKey(), lora.apply(one.getKey()), one.getValue()))
                .toList();
    }

    private static @Nullable MergedAdapter merged(Mode mode, Function<String, LoraFacts> lora) {
        return mode instanceof Mode.Merged(var id)
                ? new MergedAdapter(id, lora.apply(id), true)
                : null;
    }
}
