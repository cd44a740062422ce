package org.dlora.cluster.adapters;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.dlora.background.LastingWork;
import org.dlora.cluster.replicas.ReplicaPool;
import org.dlora.cluster.residency.AdapterMemory;
import org.dlora.cluster.residency.AdapterStatus;
import org.dlora.device.MemoryUse;
import org.dlora.scheduling.AdapterRef;
import org.dlora.scheduling.placement.AdapterDemand;
import org.dlora.scheduling.placement.ArrivalShares;
import org.dlora.scheduling.placement.BurstPlacement;
import org.dlora.scheduling.placement.HostMemory;
import org.dlora.scheduling.placement.PlacementPlan;
import org.dlora.scheduling.placement.PlacementSettings;
import org.dlora.scheduling.placement.PlacementSnapshot;
import org.dlora.scheduling.residency.Residence;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Placer of adapters on several memories (dLoRA, section 5.1): a thread that has copies made where
 * bursts would find too little KV memory, and given back when demand fades. It changes idle copies
 * only. Thread-safe.
 */
public final class AdapterPlacer implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(AdapterPlacer.class);

    /** Seconds between two plans. */
    private static final double PERIOD = 2;

    /** Arrivals after which an arrival counts half. */
    private static final double HALF_LIFE = 500;

    /** Share of a memory below which free bytes are scarce. */
    private static final double SCARCE = 0.125;

    private final ReplicaPool pool;
    private final PlacementSettings settings = PlacementSettings.DEFAULT;
    private final BurstPlacement rule = new BurstPlacement();
    private final ArrivalShares arrivals = new ArrivalShares(HALF_LIFE);
    private final Thread thread = LastingWork.thread("placement", this::run);
    private volatile PlacementPlan last = new PlacementPlan(List.of(), List.of(), List.of(), 0, 0);

    public AdapterPlacer(ReplicaPool pool) {
        this.pool = pool;
    }

    /** Begins to place adapters, if there are memories to choose from. */
    public void start() {
        if (pool.memories().size() > 1) {
            thread.start();
        }
    }

    /** Notes a request for {@code model}. */
    public void arrived(AdapterRef model) {
        synchronized (arrivals) {
            arrivals.arrived(model);
        }
    }

    /** Returns the last plan that changed something. */
    public PlacementPlan lastPlan() {
        return last;
    }

    private void run() {
        try {
            while (true) {
                TimeUnit.NANOSECONDS.sleep((long) (1e9 * PERIOD));
                try {
                    place();
                } catch (RuntimeException | Error e) {
                    log.error("Adapters could not be placed; it is tried again", e);
                }
            }
        } catch (InterruptedException _) {
            log.debug("The placement ends");
        }
    }

    /** Makes a plan and begins to carry it out. */
    public void place() {
        var plan = rule.plan(snapshot());
        prefetch(plan);
        if (plan.isEmpty()) {
            return;
        }
        last = plan;
        for (var given : plan.give()) {
            log.debug("Memory {} gives {} back: {}", given.memory(), given.adapter(), given.why());
            giveBack(memory(given.memory()), given.adapter());
        }
        for (var copy : plan.copy()) {
            log.debug("Memory {} gets {}: {}", copy.memory(), copy.adapter(), copy.why());
        }
    }

    /** Has each memory load the copies of a plan, and no more those of earlier plans. */
    private void prefetch(PlacementPlan plan) {
        for (var memory : pool.memories()) {
            memory.prefetch(
                    plan.copy().stream()
                            .filter(copy -> copy.memory().equals(memory.name()))
                            .map(PlacementPlan.Copy::adapter)
                            .toList());
        }
    }

    private AdapterMemory memory(String name) {
        return pool.memories().stream()
                .filter(memory -> memory.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    /** Evicts an idle copy where memory is scarce; elsewhere it harms nobody. */
    private static void giveBack(AdapterMemory memory, String adapter) {
        var report = memory.memoryReport();
        boolean isScarce = report.available() < SCARCE * report.limit();
        if (isScarce && memory.status(adapter).filter(AdapterPlacer::isIdle).isPresent()) {
            try {
                var _ = memory.evict(adapter);
            } catch (IllegalStateException | IllegalArgumentException e) {
                log.debug("Adapter {} is not given back", adapter, e);
            }
        }
    }

    private static boolean isIdle(AdapterStatus status) {
        return status.residence() == Residence.RESIDENT
                && status.running() == 0
                && !status.pinned();
    }

    private PlacementSnapshot snapshot() {
        var memories = new ArrayList<HostMemory>();
        var hosts = new HashMap<String, Set<String>>();
        var known = new HashMap<String, AdapterStatus>();
        var pinned = new HashSet<String>();
        var resting = new HashMap<String, Set<String>>();
        var wanted = wanted();
        for (var memory : pool.memories()) {
            memories.add(host(memory));
            for (var status : memory.held(wanted)) {
                known.merge(status.id(), status, AdapterPlacer::measured);
                if (status.pinned()) {
                    pinned.add(status.id());
                }
                if (status.isResting()) {
                    resting.computeIfAbsent(status.id(), _ -> new HashSet<>()).add(memory.name());
                }
                if (status.isHeld()) {
                    hosts.computeIfAbsent(status.id(), _ -> new HashSet<>()).add(memory.name());
                }
            }
        }
        return new PlacementSnapshot(memories, demands(known, hosts, resting, pinned), settings);
    }

    /** Returns the adapters that a plan may concern: held somewhere, or asked for of late. */
    private Set<String> wanted() {
        var wanted = new HashSet<String>();
        pool.memories().forEach(memory -> memory.held().forEach(one -> wanted.add(one.id())));
        synchronized (arrivals) {
            for (var model : arrivals.above(settings.keepShare())) {
                if (model instanceof AdapterRef.Adapter(var id)) {
                    wanted.add(id);
                }
            }
        }
        return wanted;
    }

    private static AdapterStatus measured(AdapterStatus one, AdapterStatus other) {
        return Double.isNaN(one.loadSeconds()) ? other : one;
    }

    private List<AdapterDemand> demands(
            Map<String, AdapterStatus> known,
            Map<String, Set<String>> hosts,
            Map<String, Set<String>> resting,
            Set<String> pinned) {
        var demands = new ArrayList<AdapterDemand>();
        synchronized (arrivals) {
            for (var status : known.values()) {
                double share = arrivals.share(AdapterRef.of(status.id()));
                var its = hosts.getOrDefault(status.id(), Set.of());
                if (share >= settings.keepShare() || !its.isEmpty()) {
                    demands.add(
                            new AdapterDemand(
                                    status.id(),
                                    Math.max(1, status.bytes()),
                                    Math.min(1, share),
                                    its,
                                    resting.getOrDefault(status.id(), Set.of()),
                                    pinned.contains(status.id()),
                                    status.predictedLoadSeconds(),
                                    Double.POSITIVE_INFINITY));
                }
            }
        }
        return demands;
    }

    private HostMemory host(AdapterMemory memory) {
        var report = memory.memoryReport();
        boolean isElastic = !report.kv().isEmpty();
        long kv = isElastic ? memory.taken(MemoryUse.KV_CACHE) : 0;
        long adapters = memory.taken(MemoryUse.ADAPTERS);
        int accepting = (int) memory.replicas().stream().filter(pool::accepts).count();
        return new HostMemory(
                memory.name(),
                accepting,
                Math.max(0, Math.min(report.available(), Long.MAX_VALUE / 4)) + kv + adapters,
                report.kv().stream()
                        .mapToLong(cache -> cache.least() * cache.status().blockBytes())
                        .sum(),
                0);
    }

    @Override
    public void close() {
        thread.interrupt();
    }
}
