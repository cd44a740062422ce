package org.dlora.simulation;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.dlora.replica.AdapterProfile;
import org.dlora.replica.ReplicaCommand;
import org.dlora.scheduling.MergeRules;
import org.dlora.scheduling.dispatch.AdapterPresence;
import org.jspecify.annotations.Nullable;

/**
 * The adapter memory of one replica. It loads adapters over the host link, and evicts the idle one
 * whose last use is longest ago. Its books never exceed the budget.
 */
final class ResidentAdapters {
    private final VirtualReplica replica;
    private final SimulatedLink link;
    private final VirtualClock timeline;
    private final long budget;
    private final Map<String, Slot> slots = new LinkedHashMap<>();
    private final Deque<String> wanted = new ArrayDeque<>();
    private long bytes;
    private long mostBytes;

    private enum Standing {
        WANTED,
        LOADING,
        RESIDENT,
        LEAVING
    }

    private static final class Slot {
        Standing standing = Standing.WANTED;
        int uses;
        double usedAt;
        double readyAt;
        final List<Runnable> waiting = new ArrayList<>();
    }

    ResidentAdapters(
            VirtualReplica replica, SimulatedLink link, VirtualClock timeline, long budget) {
        this.replica = replica;
        this.link = link;
        this.timeline = timeline;
        this.budget = budget;
    }

    long bytes() {
        return bytes;
    }

    /** Returns the most bytes that adapters have taken so far. */
    long mostBytes() {
        return mostBytes;
    }

    /** Returns whether the adapter is resident or being loaded. */
    boolean hosts(String adapter) {
        var slot = slots.get(adapter);
        return slot != null && slot.standing != Standing.LEAVING;
    }

    AdapterPresence presence(String adapter) {
        var slot = slots.get(adapter);
        if (slot == null || slot.standing == Standing.LEAVING) {
            return hasRoom() || victim() != null
                    ? new AdapterPresence.Absent(loadSeconds())
                    : new AdapterPresence.Impossible(
                            ClusterSetup.ADAPTER_BYTES, Math.max(0, budget - bytes));
        }
        return switch (slot.standing) {
            case RESIDENT -> new AdapterPresence.Resident();
            case LOADING -> new AdapterPresence.Loading(Math.max(0, slot.readyAt - timeline.now()));
            case WANTED, LEAVING -> new AdapterPresence.Loading(loadSeconds());
        };
    }

    private double loadSeconds() {
        return link.seconds(timeline.now(), ClusterSetup.ADAPTER_BYTES);
    }

    private boolean hasRoom() {
        return bytes + ClusterSetup.ADAPTER_BYTES <= budget;
    }

    private @Nullable String victim() {
        String oldest = null;
        double usedAt = Double.POSITIVE_INFINITY;
        for (var one : slots.entrySet()) {
            var slot = one.getValue();
            if (slot.standing == Standing.RESIDENT && slot.uses == 0 && slot.usedAt < usedAt) {
                oldest = one.getKey();
                usedAt = slot.usedAt;
            }
        }
        return oldest;
    }

    /**
     * Holds an adapter for a request and runs {@code granted} once it is resident.
     *
     * @return false if it is absent and no eviction makes room for it; nothing is held then
     */
    boolean use(String adapter, Runnable granted) {
        if (presence(adapter) instanceof AdapterPresence.Impossible || isLeaving(adapter)) {
            return false;
        }
        var slot = slot(adapter);
        slot.uses++;
        slot.usedAt = timeline.now();
        if (slot.standing == Standing.RESIDENT) {
            granted.run();
        } else {
            slot.waiting.add(granted);
        }
        return true;
    }

    private boolean isLeaving(String adapter) {
        var slot = slots.get(adapter);
        return slot != null && slot.standing == Standing.LEAVING;
    }

    /** Loads an adapter ahead of its requests if there is room without an eviction. */
    void prefetch(String adapter) {
        if (!slots.containsKey(adapter) && hasRoom() && wanted.isEmpty()) {
            slot(adapter);
        }
    }

    private Slot slot(String adapter) {
        var slot = slots.get(adapter);
        if (slot == null) {
            slot = new Slot();
            slot.usedAt = timeline.now();
            slots.put(adapter, slot);
            wanted.add(adapter);
            if (!hasRoom()) {
                var victim = victim();
                if (victim != null) {
                    giveBack(victim);
                }
            }
            load();
        }
        return slot;
    }

    private void load() {
        while (hasRoom() && !wanted.isEmpty()) {
            var adapter = wanted.remove();
            var slot = slot(adapter);
            bytes += ClusterSetup.ADAPTER_BYTES;
            mostBytes = Math.max(mostBytes, bytes);
            slot.standing = Standing.LOADING;
            slot.readyAt = link.arrival(timeline.now(), ClusterSetup.ADAPTER_BYTES);
            timeline.at(slot.readyAt, () -> loaded(adapter, slot));
        }
    }

    private void loaded(String adapter, Slot slot) {
        slot.standing = Standing.RESIDENT;
        replica.send(
                new ReplicaCommand.LoadAdapter(
                        new AdapterProfile(
                                adapter, adapter, adapter, PaperCosts.ADAPTER, MergeRules.FREE)));
        slot.waiting.forEach(Runnable::run);
        slot.waiting.clear();
    }

    /** Ends a use. */
    void release(String adapter) {
        var slot = slot(adapter);
        slot.uses--;
        slot.usedAt = timeline.now();
        if (slot.uses < 0) {
            throw new IllegalStateException("Adapter %s is released twice".formatted(adapter));
        }
    }

    /** Evicts a copy if it is idle. */
    void giveBack(String adapter) {
        var slot = slots.get(adapter);
        if (slot != null && slot.standing == Standing.RESIDENT && slot.uses == 0) {
            slot.standing = Standing.LEAVING;
            replica.send(new ReplicaCommand.EvictAdapter(adapter));
        }
    }

    /** Notes that the replica uses the adapter no more, so its memory is free. */
    void unloaded(String adapter) {
        if (isLeaving(adapter)) {
            slots.remove(adapter);
            bytes -= ClusterSetup.ADAPTER_BYTES;
            load();
        }
    }
}
