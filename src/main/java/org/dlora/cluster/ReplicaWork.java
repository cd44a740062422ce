package org.dlora.cluster;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.dlora.engine.ReplicaRef;
import org.dlora.replica.GenerationRequest;
import org.dlora.scheduling.AdapterRef;
import org.dlora.scheduling.dispatch.BatchShare;
import org.dlora.scheduling.rebalance.RemainingLength;

/** Tally of the unfinished work of one replica, over the requests that are on it or go to it. */
final class ReplicaWork {
    private final Map<String, Integer> running = new LinkedHashMap<>();
    private final Map<String, Integer> waiting = new LinkedHashMap<>();
    private long context;
    private long prefill;
    private double remaining;
    private int awaited;

    /** Returns the work of each replica, but for that of {@code except}. */
    static Map<ReplicaRef, ReplicaWork> of(
            LiveRequests requests, AnswerLengths lengths, LiveRequest except) {
        var all = new HashMap<ReplicaRef, ReplicaWork>();
        for (var live : requests.all()) {
            var owner = live.owner();
            var replica = owner == null ? live.awaited() : owner;
            if (replica != null && !live.equals(except)) {
                all.computeIfAbsent(replica, _ -> new ReplicaWork())
                        .add(live, owner == null, lengths);
            }
        }
        return all;
    }

    /** Returns the expected output tokens that a request has left. */
    static double remaining(GenerationRequest request, int output, AnswerLengths lengths) {
        int most = request.stop().maxTokens();
        if (output == 0) { // Of many waiting ones; the conditional mean costs ten times as much.
            return Math.min(most, lengths.of(request.adapter()).mean(Math.max(1, most / 2.0)));
        }
        return RemainingLength.of(lengths.of(request.adapter()), Math.max(1, most / 2.0))
                .after(output, most);
    }

    /** Returns a copy that changes on its own. */
    ReplicaWork copy() {
        var copy = new ReplicaWork();
        copy.running.putAll(running);
        copy.waiting.putAll(waiting);
        copy.context = context;
        copy.prefill = prefill;
        copy.remaining = remaining;
        copy.awaited = awaited;
        return copy;
    }

    /** Adds a request; {@code isAwaited} if it waits for its adapter. */
    void add(LiveRequest live, boolean isAwaited, AnswerLengths lengths) {
        var request = live.request();
        int output = live.outputTokens();
        int prompt = request.prompt().length;
        remaining += remaining(request, output, lengths);
        awaited += isAwaited ? 1 : 0;
        if (output == 0) {
            prefill += prompt;
        } else {
            context += prompt + output;
        }
        if (request.adapter() instanceof AdapterRef.Adapter(var id)) {
            (output == 0 ? waiting : running).merge(id, 1, Integer::sum);
        }
    }

    /** Returns the requests that wait for their adapters and are expected to come here. */
    int awaited() {
        return awaited;
    }

    /** Returns the positions in KV blocks. */
    long context() {
        return context;
    }

    /** Returns the prompt tokens that are still to be computed. */
    long prefill() {
        return prefill;
    }

    /** Returns the output tokens that are expected to come. */
    double remaining() {
        return remaining;
    }

    /** Returns the adapters of the next full batch. */
    List<BatchShare> batch(ReplicaRef replica, int maxBatch) {
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
                .map(one ->
                        new BatchShare(one.getKey(), replica.lora(one.getKey()), one.getValue()))
                .toList();
    }
}
