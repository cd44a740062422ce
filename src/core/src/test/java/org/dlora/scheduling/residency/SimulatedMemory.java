package org.dlora.scheduling.residency;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * An adapter memory in virtual time. Requests arrive, wait for their adapters, run and end; {@link
 * CostAwareResidency} decides. Every plan is held to the rules, and every wait to its bound.
 */
final class SimulatedMemory {
    private static final double ROUNDING = 1e-6;

    final Map<String, SimulatedAdapter> adapters = new LinkedHashMap<>();

    int served;
    int failed;
    int impossible;
    int evictions;
    int closings;
    int loads;

    /** Longest wait, as a share of its bound. */
    double closestToBound;

    private final CostAwareResidency policy = new CostAwareResidency();
    private final long budget;
    private final ResidencySettings settings;
    private final Predicate<SimulatedAdapter> loadFails;
    private final PriorityQueue<Run> runs =
            new PriorityQueue<>(Comparator.comparingDouble(Run::end));
    private double now;
    private int arrivals;
    private double longestRun;
    private @Nullable SimulatedKv kv;
    private @Nullable SimulatedCopies copies;
    private final List<Wait> waits = new ArrayList<>();

    /**
     * A wait for an adapter.
     *
     * @param loads seconds of loads in its bound
     */
    private record Wait(double seconds, int before, double loads) {}

    /**
     * A request of one adapter.
     *
     * @param seconds that it runs
     */
    record Request(double arrival, String adapter, double seconds, int blocks) {
        Request(double arrival, String adapter, double seconds) {
            this(arrival, adapter, seconds, 0);
        }
    }

    /**
     * A request that holds its KV blocks.
     *
     * @param given time at which the replica got it
     */
    private record Run(double end, double given, SimulatedAdapter adapter, int blocks) {}

    /**
     * @param loadFails whether the load of an adapter that ends now has failed
     */
    SimulatedMemory(
            long budget,
            ResidencySettings settings,
            List<SimulatedAdapter> adapters,
            Predicate<SimulatedAdapter> loadFails) {
        this.budget = budget;
        this.settings = settings;
        this.loadFails = loadFails;
        adapters.forEach(adapter -> this.adapters.put(adapter.id, adapter));
    }

    /** Lets a KV cache share the memory. */
    void share(SimulatedKv cache) {
        kv = cache;
    }

    /** Lets copies of merged weights share the memory. */
    void share(SimulatedCopies others) {
        copies = others;
    }

    /** Serves the requests, which are in the order of their arrival, until none is left. */
    void serve(List<Request> requests) {
        Deque<Request> toCome = new ArrayDeque<>(requests);
        decide();
        while (!toCome.isEmpty() || isBusy()) {
            now = nextEvent(toCome);
            assertThat(now).as("requests wait, and nothing will happen").isFinite();
            endRuns();
            endLoads();
            changeCopies();
            while (!toCome.isEmpty() && toCome.getFirst().arrival() <= now) {
                arrive(toCome.removeFirst());
            }
            decide();
        }
        assertThat(served + failed + impossible).isEqualTo(requests.size());
        waits.forEach(this::check);
    }

    private void changeCopies() {
        if (copies != null && copies.next <= now) {
            copies.change(
                    now,
                    arrivals,
                    settings.demandHalfLife(),
                    (bytes, takenAt) -> CopyGrants.refusal(snapshot(), bytes, takenAt).isEmpty());
        }
    }

    private boolean isBusy() {
        return !runs.isEmpty()
                || (kv != null && kv.isBusy())
                || adapters.values().stream()
                        .anyMatch(a -> !a.waiting.isEmpty() || a.residence == Residence.LOADING);
    }

    private double nextEvent(Deque<Request> toCome) {
        double next = policy.nextChange(snapshot());
        if (copies != null) {
            next = Math.min(next, copies.next);
        }
        if (!toCome.isEmpty()) {
            next = Math.min(next, toCome.getFirst().arrival());
        }
        if (!runs.isEmpty()) {
            next = Math.min(next, runs.element().end());
        }
        for (var adapter : adapters.values()) {
            if (adapter.residence == Residence.LOADING) {
                next = Math.min(next, adapter.since + adapter.loadSeconds);
            }
        }
        return next;
    }

    private void arrive(Request request) {
        var adapter = adapter(request.adapter());
        adapter.arrived(++arrivals, settings.demandHalfLife());
        if (adapter.residence == Residence.RESIDENT) {
            run(adapter, request);
            return;
        }
        if (adapter.waiting.isEmpty()) {
            adapter.before = (int) adapters.values().stream().filter(this::isBefore).count();
        }
        adapter.waiting.add(request);
    }

    private boolean isBefore(SimulatedAdapter other) {
        return !other.waiting.isEmpty() && other.residence != Residence.LOADING;
    }

    private void run(SimulatedAdapter adapter, Request request) {
        adapter.running++;
        double given = now;
        if (kv == null) {
            begin(adapter, request, given);
        } else {
            kv.ask(
                    request.blocks(),
                    () -> begin(adapter, request, given),
                    arrivals,
                    settings.demandHalfLife());
        }
    }

    private void begin(SimulatedAdapter adapter, Request request, double given) {
        runs.add(new Run(now + request.seconds(), given, adapter, request.blocks()));
    }

    private void endRuns() {
        while (!runs.isEmpty() && runs.element().end() <= now) {
            var run = runs.remove();
            var adapter = run.adapter();
            longestRun = Math.max(longestRun, now - run.given());
            if (kv != null) {
                kv.give(run.blocks());
            }
            served++;
            if (--adapter.running == 0 && adapter.residence == Residence.LEAVING) {
                adapter.become(Residence.ABSENT, now);
            }
        }
    }

    private void endLoads() {
        for (var adapter : adapters.values()) {
            if (adapter.residence == Residence.LOADING
                    && adapter.since + adapter.loadSeconds <= now) {
                endLoad(adapter);
            }
        }
    }

    private void endLoad(SimulatedAdapter adapter) {
        if (loadFails.test(adapter)) {
            adapter.become(Residence.ABSENT, now);
            failed += adapter.waiting.size();
        } else {
            adapter.become(Residence.RESIDENT, now);
            checkWait(adapter);
            adapter.waiting.forEach(request -> run(adapter, request));
        }
        adapter.waiting.clear();
    }

    private void checkWait(SimulatedAdapter adapter) {
        if (!adapter.waiting.isEmpty()
                && adapter.bytes <= budget - leastKv() - pinnedBytes(adapter)) {
            waits.add(
                    new Wait(
                            now - adapter.oldestWaiting(),
                            adapter.before,
                            (adapter.before + 1) * 2 * longestLoad() + adapter.loadSeconds));
        }
    }

    /** Checks a wait, now that the longest run is known. */
    private void check(Wait wait) {
        double bound =
                Math.max(settings.maxWait(), longestRun)
                        + (wait.before() + 1) * longestRun
                        + wait.loads();
        assertThat(wait.seconds()).isLessThanOrEqualTo(bound + ROUNDING);
        closestToBound = Math.max(closestToBound, wait.seconds() / bound);
    }

    private long leastKv() {
        return kv == null ? 0 : kv.least * kv.blockBytes;
    }

    private long pinnedBytes(SimulatedAdapter besides) {
        return adapters.values().stream()
                .filter(adapter -> adapter.pinned && adapter != besides)
                .mapToLong(adapter -> adapter.bytes)
                .sum();
    }

    private double longestLoad() {
        return adapters.values().stream().mapToDouble(one -> one.loadSeconds).max().orElse(0);
    }

    private void decide() {
        ResidencyPlan plan;
        do {
            var snapshot = snapshot();
            plan = policy.plan(snapshot);
            ResidencyRules.check(snapshot, plan);
            take(plan);
            assertThat(freeBytes()).isNotNegative();
        } while (!plan.isEmpty());
    }

    private void take(ResidencyPlan plan) {
        plan.evict().forEach(id -> adapter(id).become(Residence.ABSENT, now));
        plan.close().forEach(id -> adapter(id).become(Residence.LEAVING, now));
        for (var next : plan.copies()) {
            Objects.requireNonNull(copies).release(next, now);
        }
        for (var next : plan.kv()) {
            Objects.requireNonNull(kv).resize(next, now);
        }
        plan.load().forEach(id -> adapter(id).become(Residence.LOADING, now));
        for (var id : plan.impossible()) {
            impossible += adapter(id).waiting.size();
            adapter(id).waiting.clear();
        }
        evictions += plan.evict().size();
        closings += plan.close().size();
        loads += plan.load().size();
    }

    private ResidencySnapshot snapshot() {
        return new ResidencySnapshot(
                now,
                freeBytes(),
                adapters.values().stream()
                        .filter(SimulatedAdapter::isShown)
                        .map(adapter -> adapter.standing(arrivals, settings.demandHalfLife()))
                        .toList(),
                kv == null ? List.of() : List.of(kv.standing(arrivals, settings.demandHalfLife())),
                copies == null
                        ? List.of()
                        : List.of(copies.standing(arrivals, settings.demandHalfLife())),
                settings);
    }

    private long freeBytes() {
        return budget
                - (kv == null ? 0 : kv.bytes())
                - (copies == null ? 0 : copies.bytes())
                - adapters.values().stream()
                        .filter(adapter -> adapter.residence != Residence.ABSENT)
                        .mapToLong(adapter -> adapter.bytes)
                        .sum();
    }

    private SimulatedAdapter adapter(String id) {
        return Objects.requireNonNull(adapters.get(id));
    }
}
