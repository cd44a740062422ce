package org.dlora.simulation;

import java.util.List;
import org.dlora.scheduling.ReplicaLoad;

/** Dispatch to the replica with fewest unfinished requests of those that host the adapter. */
final class StaticDispatch implements Dispatch {
    private final List<VirtualDevice> devices;

    StaticDispatch(List<VirtualDevice> devices) {
        this.devices = devices;
    }

    @Override
    public int choose(VirtualRequest request) {
        int best = -1;
        int least = Integer.MAX_VALUE;
        for (int j = 0; j < devices.size(); j++) {
            int unfinished = unfinished(devices.get(j).replica().state().load());
            if (devices.get(j).memory().hosts(request.adapter()) && unfinished < least) {
                best = j;
                least = unfinished;
            }
        }
        return best;
    }

    private static int unfinished(ReplicaLoad load) {
        return load.running() + load.waiting();
    }
}
