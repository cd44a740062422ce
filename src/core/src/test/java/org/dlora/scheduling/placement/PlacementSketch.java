package org.dlora.scheduling.placement;

import static java.util.stream.Collectors.toMap;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A cluster written down for a test, in megabytes. Loads from disk take 2 s, copies 1 s. */
final class PlacementSketch {
    static final long MB = 1 << 20;

    private final List<HostMemory> memories = new ArrayList<>();
    private final List<AdapterDemand> adapters = new ArrayList<>();
    private PlacementSettings settings = new PlacementSettings(0.05, 99, 0.01, 0.005);

    PlacementSketch settings(double minGain, int maxCopies) {
        settings = new PlacementSettings(minGain, maxCopies, 0.01, 0.005);
        return this;
    }

    /** Adds a memory of one replica. */
    PlacementSketch memory(String id, long size, long leastKv) {
        memories.add(new HostMemory(id, 1, size * MB, leastKv * MB, 0));
        return this;
    }

    PlacementSketch memory(HostMemory memory) {
        memories.add(memory);
        return this;
    }

    PlacementSketch adapter(String id, long size, double share, String... hosts) {
        return adapter(
                new AdapterDemand(id, size * MB, share, Set.of(hosts), Set.of(), false, 2, 1));
    }

    PlacementSketch pinned(String id, long size, double share, String... hosts) {
        return adapter(
                new AdapterDemand(id, size * MB, share, Set.of(hosts), Set.of(), true, 2, 1));
    }

    PlacementSketch adapter(AdapterDemand adapter) {
        adapters.add(adapter);
        return this;
    }

    PlacementSnapshot snapshot() {
        return new PlacementSnapshot(memories, adapters, settings);
    }

    PlacementPlan plan() {
        return new BurstPlacement().plan(snapshot());
    }

    /** Returns the snapshot once its plan is carried out. */
    static PlacementSnapshot applied(PlacementSnapshot before, PlacementPlan plan) {
        Map<String, Set<String>> hosts =
                before.adapters().stream()
                        .collect(toMap(AdapterDemand::id, a -> new HashSet<>(a.hosts())));
        plan.give().forEach(one -> set(hosts, one.adapter()).remove(one.memory()));
        plan.copy().forEach(one -> set(hosts, one.adapter()).add(one.memory()));
        var adapters =
                before.adapters().stream()
                        .map(a ->
                                new AdapterDemand(
                                        a.id(),
                                        a.bytes(),
                                        a.share(),
                                        set(hosts, a.id()),
                                        a.barred(),
                                        a.isPinned(),
                                        a.diskSeconds(),
                                        a.copySeconds()))
                        .toList();
        return new PlacementSnapshot(before.memories(), adapters, before.settings());
    }

    private static Set<String> set(Map<String, Set<String>> hosts, String adapter) {
        return hosts.getOrDefault(adapter, Set.of());
    }

    /** Returns the copies and returns of a plan, as in {@code +a@m1} and {@code -a@m2}. */
    static List<String> changes(PlacementPlan plan) {
        var changes = new ArrayList<String>();
        plan.give().forEach(one -> changes.add("-" + one.adapter() + "@" + one.memory()));
        plan.copy().forEach(one -> changes.add("+" + one.adapter() + "@" + one.memory()));
        return changes;
    }

    List<String> changes() {
        return changes(plan());
    }
}
