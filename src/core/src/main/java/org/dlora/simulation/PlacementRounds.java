package org.dlora.simulation;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.dlora.scheduling.AdapterRef;
import org.dlora.scheduling.placement.AdapterDemand;
import org.dlora.scheduling.placement.ArrivalShares;
import org.dlora.scheduling.placement.BurstPlacement;
import org.dlora.scheduling.placement.HostMemory;
import org.dlora.scheduling.placement.PlacementSettings;
import org.dlora.scheduling.placement.PlacementSnapshot;

/** The rounds of placement, as often as in a server: every 2 s ({@link BurstPlacement}). */
final class PlacementRounds {
    static final double PERIOD = 2;

    private static final double HALF_LIFE = 500;

    private final ClusterSetup setup;
    private final List<VirtualDevice> devices;
    private final BurstPlacement rule = new BurstPlacement();
    private final ArrivalShares arrivals = new ArrivalShares(HALF_LIFE);

    PlacementRounds(ClusterSetup setup, List<VirtualDevice> devices) {
        this.setup = setup;
        this.devices = devices;
    }

    void arrived(VirtualRequest request) {
        arrivals.arrived(request.request.adapter());
    }

    /** Makes a plan and begins to carry it out; only idle copies are given back. */
    void place() {
        var plan = rule.plan(snapshot());
        for (var given : plan.give()) {
            memory(given.memory()).giveBack(given.adapter());
        }
        for (var copy : plan.copy()) {
            memory(copy.memory()).prefetch(copy.adapter());
        }
    }

    private ResidentAdapters memory(String name) {
        return devices.get(ClusterSetup.number(name)).memory();
    }

    private PlacementSnapshot snapshot() {
        var memories = new ArrayList<HostMemory>();
        for (int j = 0; j < devices.size(); j++) {
            long kv = setup.shape(j).kvBlocks() * ClusterSetup.BLOCK_BYTES;
            memories.add(
                    new HostMemory(ClusterSetup.name(j), 1, kv + setup.adapterBudget(), kv, 0));
        }
        double load = ClusterSetup.ADAPTER_BYTES / ClusterSetup.LINK;
        var demands = new ArrayList<AdapterDemand>();
        for (int k = 0; k < setup.adapters(); k++) {
            var adapter = ClusterSetup.adapter(k);
            var hosts = new HashSet<String>();
            for (int j = 0; j < devices.size(); j++) {
                if (devices.get(j).memory().hosts(adapter)) {
                    hosts.add(ClusterSetup.name(j));
                }
            }
            demands.add(
                    new AdapterDemand(
                            adapter,
                            ClusterSetup.ADAPTER_BYTES,
                            Math.min(1, arrivals.share(AdapterRef.of(adapter))),
                            hosts,
                            Set.of(),
                            false,
                            load,
                            Double.POSITIVE_INFINITY));
        }
        return new PlacementSnapshot(memories, demands, PlacementSettings.DEFAULT);
    }
}
