package org.dlora.scheduling.dispatch;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import org.dlora.scheduling.ReplicaLoad;
import org.dlora.scheduling.StepLimits;
import org.dlora.scheduling.StepShape;
import org.dlora.scheduling.SyntheticCosts;

/**
 * A replica of a queueing model in virtual time: a batch in the order of arrival, one load of an
 * adapter at a time, the least recently used adapter evicted, KV blocks without end.
 */
final class QueuedReplica {
    static final StepLimits LIMITS = new StepLimits(16, 128, 16);
    static final double LOAD_SECONDS = 1.5;

    private static final SyntheticCosts COSTS = new SyntheticCosts(0.010, 0.001, 0.001, 0, 1);
    private static final int BLOCKS = 100_000;

    /** Resident adapters, and the times at which their loads end; the latest used one last. */
    private final LinkedHashMap<String, Double> resident = new LinkedHashMap<>();

    private final Deque<QueuedRequest> waiting = new ArrayDeque<>();
    private final List<QueuedRequest> running = new ArrayList<>();
    private final String id;
    private final int capacity;
    private double now;

    QueuedReplica(String id, int capacity) {
        this.id = id;
        this.capacity = capacity;
    }

    void add(QueuedRequest request) {
        if (waiting.isEmpty() && running.isEmpty()) {
            now = Math.max(now, request.arrival);
        }
        var ready = resident.remove(request.adapter);
        request.readyAt = ready == null ? loadsEnd(request.arrival) + LOAD_SECONDS : ready;
        resident.put(request.adapter, request.readyAt);
        if (resident.size() > capacity) {
            resident.pollFirstEntry();
        }
        waiting.add(request);
    }

    private double loadsEnd(double at) {
        return resident.values().stream().mapToDouble(d -> d).reduce(at, Math::max);
    }

    /** Runs steps until {@code time}, or until nothing is left. */
    void runUntil(double time) {
        while (now < time && !(waiting.isEmpty() && running.isEmpty())) {
            step();
        }
    }

    private void step() {
        for (var it = waiting.iterator(); it.hasNext() && running.size() < LIMITS.maxBatch(); ) {
            var next = it.next();
            if (next.readyAt <= now) {
                running.add(next);
                it.remove();
            }
        }
        if (running.isEmpty()) {
            now = waiting.stream().mapToDouble(r -> r.readyAt).min().orElseThrow();
            return;
        }
        int budget = LIMITS.maxTokens();
        var rows = new LinkedHashMap<String, Integer>();
        int all = 0;
        for (var request : running) {
            int some = request.promptLeft == 0 ? 1 : Math.min(request.promptLeft, budget);
            budget -= some;
            all += some;
            request.run(some);
            if (some > 0) {
                rows.merge(request.adapter, some, Integer::sum);
            }
        }
        var groups = new ArrayList<StepShape.Group>();
        rows.values().forEach(n -> groups.add(new StepShape.Group(OutlookSketch.LORA, n)));
        now += COSTS.step(new StepShape(0, all, 0, 0, groups));
        running.removeIf(request -> {
            boolean isDone = request.outputLeft == 0;
            request.endedAt = isDone ? now : Double.NaN;
            return isDone;
        });
    }

    ReplicaLoad load() {
        return new ReplicaLoad(id, running.size(), waiting.size(), BLOCKS, BLOCKS);
    }

    ReplicaOutlook outlook(String adapter, double at) {
        var rows = new LinkedHashMap<String, Integer>();
        long prefill = 0;
        double remaining = 0;
        int places = LIMITS.maxBatch();
        for (var requests : List.of(running, waiting)) {
            for (var request : requests) {
                prefill += request.promptLeft;
                remaining += request.expectedLeft();
                if (places-- > 0) {
                    rows.merge(request.adapter, 1, Integer::sum);
                }
            }
        }
        var batch = new ArrayList<BatchShare>();
        rows.forEach((id, n) -> batch.add(new BatchShare(id, OutlookSketch.LORA, n)));
        return new ReplicaOutlook(
                load(),
                null,
                COSTS,
                LIMITS,
                batch,
                null,
                0,
                prefill,
                remaining,
                presence(adapter, at),
                0);
    }

    private AdapterPresence presence(String adapter, double at) {
        var ready = resident.get(adapter);
        if (ready == null) {
            return new AdapterPresence.Absent(loadsEnd(at) + LOAD_SECONDS - at);
        }
        return ready > at
                ? new AdapterPresence.Loading(ready - at)
                : new AdapterPresence.Resident();
    }
}
