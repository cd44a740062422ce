package org.dlora.simulation;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.dlora.scheduling.CostModel;
import org.dlora.scheduling.Mode;
import org.dlora.scheduling.ReplicaLoad;
import org.dlora.scheduling.dispatch.BatchShare;
import org.dlora.scheduling.dispatch.DispatchRequest;
import org.dlora.scheduling.dispatch.DispatchSettings;
import org.dlora.scheduling.dispatch.FinishDispatch;
import org.dlora.scheduling.dispatch.MergedAdapter;
import org.dlora.scheduling.dispatch.ReplicaOutlook;
import org.jspecify.annotations.Nullable;

/** Dispatch to the replica where a request is predicted to end soonest ({@link FinishDispatch}). */
final class PredictedDispatch implements Dispatch {
    private final RequestOwner owner;
    private final List<VirtualDevice> devices;
    private final CostModel costs;
    private final FinishDispatch rule = new FinishDispatch(DispatchSettings.DEFAULT);

    PredictedDispatch(RequestOwner owner, List<VirtualDevice> devices, CostModel costs) {
        this.owner = owner;
        this.devices = devices;
        this.costs = costs;
    }

    /** The unfinished requests of one replica, those that wait for its adapters included. */
    private static final class Work {
        final Map<String, Integer> running = new LinkedHashMap<>();
        final Map<String, Integer> waiting = new LinkedHashMap<>();
        long context;
        long prefill;
        double remaining;
        int awaited;

        void add(VirtualRequest request, double left) {
            remaining += left;
            awaited += request.isStarted ? 0 : 1;
            if (request.output == 0) {
                prefill += request.promptTokens();
            } else {
                context += request.promptTokens() + request.output;
            }
            (request.output == 0 ? waiting : running).merge(request.adapter(), 1, Integer::sum);
        }

        List<BatchShare> batch() {
            var counts = new LinkedHashMap<String, Integer>();
            int left = ClusterSetup.LIMITS.maxBatch();
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
                    .map(one -> new BatchShare(one.getKey(), PaperCosts.ADAPTER, one.getValue()))
                    .toList();
        }
    }

    @Override
    public int choose(VirtualRequest request) {
        var works = devices.stream().map(_ -> new Work()).toList();
        for (var live : owner.live()) {
            if (live.replica >= 0 && live != request) {
                works.get(live.replica).add(live, owner.remaining(live));
            }
        }
        var outlooks = new ArrayList<ReplicaOutlook>();
        for (int j = 0; j < devices.size(); j++) {
            outlooks.add(outlook(devices.get(j), works.get(j), request));
        }
        var wanted =
                new DispatchRequest(
                        request.request.adapter(),
                        PaperCosts.ADAPTER,
                        request.promptTokens(),
                        Math.max(1, owner.remaining(request)),
                        false);
        return rule.choose(wanted, outlooks).replica().map(ClusterSetup::number).orElse(-1);
    }

    private ReplicaOutlook outlook(VirtualDevice device, Work work, VirtualRequest request) {
        var state = device.replica().state();
        var load = state.load();
        return new ReplicaOutlook(
                new ReplicaLoad(
                        load.id(),
                        load.running(),
                        load.waiting() + work.awaited,
                        load.freeBlocks(),
                        load.totalBlocks()),
                null,
                costs,
                ClusterSetup.LIMITS,
                work.batch(),
                merged(state.merge().mode()),
                work.context,
                work.prefill,
                work.remaining,
                device.memory().presence(request.adapter()),
                0);
    }

    private static @Nullable MergedAdapter merged(Mode mode) {
        return mode instanceof Mode.Merged(var id)
                ? new MergedAdapter(id, PaperCosts.ADAPTER, true)
                : null;
    }
}
