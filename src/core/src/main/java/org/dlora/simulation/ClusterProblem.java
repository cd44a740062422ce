package org.dlora.simulation;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import org.dlora.replica.kv.KvBlocks;
import org.dlora.scheduling.CostModel;
import org.dlora.scheduling.ReplicaLoad;
import org.dlora.scheduling.StepShape;
import org.dlora.scheduling.rebalance.AdapterCopies;
import org.dlora.scheduling.rebalance.MoveCost;
import org.dlora.scheduling.rebalance.RebalanceProblem;
import org.dlora.scheduling.rebalance.ReplicaSite;
import org.dlora.scheduling.rebalance.RequestLoad;
import org.dlora.scheduling.rebalance.SiteCosts;
import org.dlora.scheduling.rebalance.TokenPace;

/** The virtual cluster as a problem of rebalancing, with the estimates that a server makes. */
final class ClusterProblem {
    /** Seconds that any copy of KV takes: messages wait for the end of a step. */
    private static final double FIXED = 0.005;

    private final ClusterSetup setup;
    private final RequestOwner owner;
    private final List<VirtualDevice> devices;
    private final CostModel costs;

    ClusterProblem(
            ClusterSetup setup, RequestOwner owner, List<VirtualDevice> devices, CostModel costs) {
        this.setup = setup;
        this.owner = owner;
        this.devices = devices;
        this.costs = costs;
    }

    List<ReplicaLoad> loads() {
        return devices.stream().map(device -> device.replica().state().load()).toList();
    }

    RebalanceProblem now() {
        var sites = new ArrayList<ReplicaSite>();
        var paces = new ArrayList<TokenPace>();
        var budgets = new HashMap<String, Long>();
        for (var device : devices) {
            var state = device.replica().state();
            var load = state.load();
            sites.add(
                    new ReplicaSite(
                            load.id(),
                            load.id(),
                            load.totalBlocks(),
                            load.freeBlocks(),
                            Math.max(0, ClusterSetup.LIMITS.maxBatch() - load.running()),
                            true,
                            new SiteCosts(costs, ClusterSetup.LIMITS, state.merge().mode())));
            paces.add(pace(load));
            budgets.put(load.id(), setup.adapterBudget());
        }
        var requests = new ArrayList<RequestLoad>();
        for (var live : owner.live()) {
            if (live.isStarted) {
                requests.add(load(live, paces.get(live.replica)));
            }
        }
        double prompt = paces.stream().mapToDouble(TokenPace::prompt).average().orElse(0);
        return new RebalanceProblem(sites, budgets, adapters(), requests, prompt * KvBlocks.TOKENS);
    }

    private TokenPace pace(ReplicaLoad load) {
        return TokenPace.of(
                costs,
                load,
                ClusterSetup.LIMITS,
                rows -> List.of(new StepShape.Group(PaperCosts.ADAPTER, rows)));
    }

    private RequestLoad load(VirtualRequest live, TokenPace pace) {
        var load =
                RequestLoad.of(
                        live.id(),
                        live.request.adapter(),
                        ClusterSetup.name(live.replica),
                        pace,
                        live.promptTokens(),
                        live.output,
                        owner.remaining(live),
                        KvBlocks.TOKENS,
                        held -> cost(live.promptTokens() + live.output, held));
        return owner.isMoving(live) ? load.pinned() : load;
    }

    private MoveCost cost(int tokens, int held) {
        return new MoveCost(
                MoveCost.sending(held * ClusterSetup.BLOCK_BYTES, ClusterSetup.LINK, FIXED),
                MoveCost.recomputing(
                        costs, tokens, ClusterSetup.LIMITS.maxTokens(), PaperCosts.ADAPTER));
    }

    private List<AdapterCopies> adapters() {
        var all = new ArrayList<AdapterCopies>();
        double load = ClusterSetup.ADAPTER_BYTES / ClusterSetup.LINK;
        for (int k = 0; k < setup.adapters(); k++) {
            var adapter = ClusterSetup.adapter(k);
            var memories = new HashSet<String>();
            for (int j = 0; j < devices.size(); j++) {
                if (devices.get(j).memory().hosts(adapter)) {
                    memories.add(ClusterSetup.name(j));
                }
            }
            all.add(
                    new AdapterCopies(
                            adapter,
                            ClusterSetup.ADAPTER_BYTES,
                            load,
                            PaperCosts.ADAPTER,
                            memories));
        }
        return all;
    }
}
