package org.dlora.cluster.migration;

import static java.util.stream.Collectors.toMap;
import static java.util.stream.Collectors.toSet;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.dlora.cluster.rebalance.PlanGain;
import org.dlora.cluster.rebalance.RebalancedCluster;
import org.dlora.cluster.replicas.ReplicaPool;
import org.dlora.cluster.replicas.SharedCosts;
import org.dlora.cluster.requests.AnswerLengths;
import org.dlora.cluster.requests.LiveRequest;
import org.dlora.cluster.requests.LiveRequests;
import org.dlora.cluster.requests.StreamPause;
import org.dlora.cluster.residency.AdapterMemory;
import org.dlora.cluster.residency.AdapterStatus;
import org.dlora.engine.ReplicaRef;
import org.dlora.replica.kv.KvBlocks;
import org.dlora.replica.migration.MigrationResult;
import org.dlora.replica.request.GenerationRequest;
import org.dlora.scheduling.AdapterRef;
import org.dlora.scheduling.CostModel;
import org.dlora.scheduling.LoraFacts;
import org.dlora.scheduling.ReplicaLoad;
import org.dlora.scheduling.rebalance.AdapterCopies;
import org.dlora.scheduling.rebalance.MoveCost;
import org.dlora.scheduling.rebalance.MoveKind;
import org.dlora.scheduling.rebalance.RebalancePlan.RequestMove;
import org.dlora.scheduling.rebalance.RebalanceProblem;
import org.dlora.scheduling.rebalance.ReplicaSite;
import org.dlora.scheduling.rebalance.RequestLoad;
import org.dlora.scheduling.rebalance.SiteCosts;
import org.dlora.scheduling.rebalance.TokenPace;
import org.dlora.scheduling.residency.Residence;

/** The cluster's replicas, adapters and requests as a problem of rebalancing. */
public final class ClusterBalance implements RebalancedCluster {
    /** Bytes of KV that a move copies in a second, out of one cache and into another. */
    private static final double BANDWIDTH = 1e9;

    /** Seconds that any copy takes: messages wait for the end of a step. */
    private static final double FIXED = 0.005;

    private final ReplicaPool pool;
    private final LiveRequests requests;
    private final AnswerLengths lengths;
    private final Migrations migrations;

    public ClusterBalance(
            ReplicaPool pool, LiveRequests requests, AnswerLengths lengths, Migrations migrations) {
        this.pool = pool;
        this.requests = requests;
        this.lengths = lengths;
        this.migrations = migrations;
    }

    @Override
    public List<ReplicaLoad> loads() {
        return pool.all().stream().filter(pool::accepts).map(ReplicaRef::load).toList();
    }

    @Override
    public void watch(MoveObserver observer) {
        migrations.watch(
                new MigrationObserver() {
                    @Override
                    public void ended(MigrationRecord move) {
                        if (move.result() instanceof MigrationResult.Moved) {
                            observer.moved(move.request(), move.source(), move.target());
                        }
                    }

                    @Override
                    public void resumed(StreamPause pause) {}
                });
    }

    @Override
    public CompletableFuture<MigrationResult> move(RequestMove move, PlanGain gain) {
        try {
            boolean sends = move.kind() == MoveKind.SEND;
            return migrations
                    .begin(move.request(), move.to(), sends, MoveCause.PLAN, gain)
                    .thenApply(MigrationRecord::result);
        } catch (IllegalArgumentException | IllegalStateException e) {
            return CompletableFuture.completedFuture(
                    new MigrationResult.Failed(String.valueOf(e.getMessage())));
        }
    }

    @Override
    public RebalanceProblem problem() {
        var costs = new SharedCosts(pool);
        var sites = new LinkedHashMap<ReplicaRef, Site>();
        pool.all().stream()
                .filter(ReplicaRef::isServing)
                .forEach(replica -> sites.put(replica, Site.of(replica, costs.of(replica))));
        var loads = new ArrayList<RequestLoad>();
        var used = new HashSet<String>();
        for (var live : requests.all()) {
            var owner = live.owner();
            var site = owner == null ? null : sites.get(owner);
            if (site != null) {
                loads.add(load(live, site));
                if (live.request().adapter() instanceof AdapterRef.Adapter(var id)) {
                    used.add(id);
                }
            }
        }
        var adapters = adapters(used);
        var known = adapters.stream().map(AdapterCopies::id).collect(toSet());
        // A retired adapter is forgotten at the end of its last request.
        loads.removeIf(load ->
                load.adapter() instanceof AdapterRef.Adapter(var id) && !known.contains(id));
        double swap =
                sites.values().stream().mapToDouble(site -> site.pace.prompt()).average().orElse(0)
                        * KvBlocks.TOKENS;
        return new RebalanceProblem(
                sites.values().stream().map(this::site).toList(),
                pool.memories().stream().collect(toMap(AdapterMemory::name, ClusterBalance::room)),
                adapters,
                loads,
                swap);
    }

    /** A replica with its pace. */
    private record Site(ReplicaRef replica, CostModel costs, TokenPace pace) {
        static Site of(ReplicaRef replica, CostModel costs) {
            var limits = replica.figures().limits();
            var pace = TokenPace.of(costs, replica.load(), limits, _ -> List.of());
            return new Site(replica, costs, pace);
        }
    }

    private ReplicaSite site(Site site) {
        var replica = site.replica;
        var figures = replica.figures();
        var load = replica.load();
        return new ReplicaSite(
                replica.id(),
                pool.memory(replica).name(),
                load.totalBlocks(),
                Math.min(load.freeBlocks(), load.totalBlocks()),
                Math.max(0, figures.limits().maxBatch() - load.running()),
                pool.accepts(replica),
                new SiteCosts(site.costs, figures.limits(), figures.mode()));
    }

    private RequestLoad load(LiveRequest live, Site site) {
        var request = live.request();
        int output = live.outputTokens();
        var load =
                RequestLoad.of(
                        request.id(),
                        request.adapter(),
                        site.replica.id(),
                        site.pace,
                        request.prompt().length,
                        output,
                        lengths.remaining(request, output),
                        KvBlocks.TOKENS,
                        held -> cost(request, output, site, held));
        return live.isMoving() ? load.pinned() : load;
    }

    private static MoveCost cost(GenerationRequest request, int output, Site site, int held) {
        var replica = site.replica;
        var lora =
                request.adapter() instanceof AdapterRef.Adapter(var id)
                        ? replica.lora(id)
                        : LoraFacts.NONE;
        return new MoveCost(
                MoveCost.sending(held * replica.kv().status().blockBytes(), BANDWIDTH, FIXED),
                MoveCost.recomputing(
                        site.costs,
                        request.prompt().length + output,
                        replica.figures().limits().maxTokens(),
                        lora));
    }

    /** Returns the bytes that adapters of requests may take in a memory. */
    private static long room(AdapterMemory memory) {
        long room = memory.available();
        for (var status : memory.held()) {
            boolean isFixed = status.pinned() && status.running() == 0;
            room += status.residence() == Residence.RESIDENT && !isFixed ? status.bytes() : 0;
        }
        return Math.max(0, room);
    }

    private List<AdapterCopies> adapters(Set<String> used) {
        var copies = new LinkedHashMap<String, AdapterCopies>();
        for (var memory : pool.memories()) {
            for (var status : memory.held(used)) {
                if (status.isHeld() || used.contains(status.id())) {
                    add(copies, status, status.isHeld() ? Set.of(memory.name()) : Set.of());
                }
            }
        }
        return List.copyOf(copies.values());
    }

    private void add(
            Map<String, AdapterCopies> copies, AdapterStatus status, Set<String> memories) {
        double seconds = status.predictedLoadSeconds();
        var its =
                new AdapterCopies(
                        status.id(), status.bytes(), seconds, lora(status.id()), memories);
        copies.merge(
                status.id(),
                its,
                (before, _) -> {
                    var both = new HashSet<>(before.memories());
                    both.addAll(memories);
                    return new AdapterCopies(
                            before.id(),
                            before.bytes(),
                            Math.min(before.loadSeconds(), seconds),
                            before.lora(),
                            both);
                });
    }

    /** Returns the sizes of an adapter, as the replicas that have it know them. */
    private LoraFacts lora(String id) {
        return pool.all().stream()
                .map(replica -> replica.lora(id))
                .filter(lora -> !lora.equals(LoraFacts.NONE))
                .findFirst()
                .orElse(LoraFacts.NONE);
    }
}
