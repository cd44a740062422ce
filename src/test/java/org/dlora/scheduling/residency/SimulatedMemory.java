package org.dlora.scheduling.residency;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.function.Predicate;

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

    /**
     * A request of one adapter.
     *
     * @param seconds that it runs
     */
    record Request(double arrival, String adapter, double seconds) {}

    private record Run(double end, SimulatedAdapter adapter) {}

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

    /** Serves the requests, which are in the order of their arrival, until none is left. */
    void serve(List<Request> requests) {
        longestRun = requests.stream().mapToDouble(Request::seconds).max().orElse(0);
        Deque<Request> toCome = new ArrayDeque<>(requests);
        decide();
        while (!toCome.isEmpty() || isBusy()) {
            now = nextEvent(toCome);
            assertThat(now).as("requests wait, and nothing will happen").isFinite();
            endRuns();
            endLoads();
            while (!toCome.isEmpty() && toCome.getFirst().arrival() <= now) {
                arrive(toCome.removeFirst());
            }
            decide();
        }
        assertThat(served + failed + impossible).isEqualTo(requests.size());
    }

    private boolean isBusy() {
        return !runs.isEmpty()
                || adapters.values().stream()
                        .anyMatch(a -> !a.waiting.isEmpty() || a.residence == Residence.LOADING);
    }

    private double nextEvent(Deque<Request> toCome) {
        double next = policy.nextChange(snapshot());
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
        runs.add(new Run(now + request.seconds(), adapter));
    }

    private void endRuns() {
        while (!runs.isEmpty() && runs.element().end() <= now) {
            var adapter = runs.remove().adapter();
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
        if (!adapter.waiting.isEmpty() && adapter.bytes <= budget - pinnedBytes(adapter)) {
            double wait = now - adapter.oldestWaiting();
            double bound = bound(adapter);
            assertThat(wait).isLessThanOrEqualTo(bound + ROUNDING);
            closestToBound = Math.max(closestToBound, wait / bound);
        }
    }

    private long pinnedBytes(SimulatedAdapter besides) {
        return adapters.values().stream()
                .filter(adapter -> adapter.pinned && adapter != besides)
                .mapToLong(adapter -> adapter.bytes)
                .sum();
    }

    /** Returns the bound of a wait, as {@link CostAwareResidency} states it. */
    private double bound(SimulatedAdapter adapter) {
        double longestLoad =
                adapters.values().stream().mapToDouble(one -> one.loadSeconds).max().orElse(0);
        return Math.max(settings.maxWait(), longestRun)
                + (adapter.before + 1) * (longestRun + 2 * longestLoad)
                + adapter.loadSeconds;
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
                settings);
    }

    private long freeBytes() {
        return budget
                - adapters.values().stream()
                        .filter(adapter -> adapter.residence != Residence.ABSENT)
                        .mapToLong(adapter -> adapter.bytes)
                        .sum();
    }

    private SimulatedAdapter adapter(String id) {
        return Objects.requireNonNull(adapters.get(id));
    }
}
