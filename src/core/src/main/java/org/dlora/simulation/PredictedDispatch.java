package org.dlora.simulation;

import java.util.ArrayList;
import java.util.List;
import org.dlora.scheduling.CostModel;
import org.dlora.scheduling.dispatch.DispatchRequest;
import org.dlora.scheduling.dispatch.DispatchSettings;
import org.dlora.scheduling.dispatch.FinishDispatch;
import org.dlora.scheduling.dispatch.ReplicaOutlook;
import org.dlora.scheduling.dispatch.ReplicaWork;

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

    @Override
    public int choose(VirtualRequest request) {
        var works = devices.stream().map(_ -> new ReplicaWork()).toList();
        for (var live : owner.live()) {
            if (live.replica >= 0 && live != request) {
                works.get(live.replica)
                        .add(
                                live.request.adapter(),
                                live.promptTokens(),
                                live.output,
                                owner.remaining(live),
                                !live.isStarted);
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

    private ReplicaOutlook outlook(VirtualDevice device, ReplicaWork work, VirtualRequest request) {
        var state = device.replica().state();
        return work.outlook(
                state.load(),
                costs,
                ClusterSetup.LIMITS,
                state.merge().mode(),
                _ -> PaperCosts.ADAPTER,
                device.memory().presence(request.adapter()),
                0);
    }
}
