package org.dlora.scheduling.residency;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** A plan of {@link CostAwareResidency} in the making: the memory that is not given away yet. */
final class ResidencyDraft {
    private final ResidencySnapshot snapshot;
    private final ResidencySettings settings;
    private final ResidencyReasons reasons;
    private final List<String> evict = new ArrayList<>();
    private final List<String> close = new ArrayList<>();
    private final List<String> load = new ArrayList<>();
    private final List<String> impossible = new ArrayList<>();

    private final VictimPool idle;
    private final VictimPool inUse;

    /** Bytes that can ever be free: all but those of pinned adapters. */
    private final long capacity;

    /** Loads that may begin. */
    private final int slots;

    /** Free bytes that are kept for no adapter. */
    private long free;

    /** Bytes that come free later, and are kept for no adapter. */
    private long leaving;

    /** Overdue adapters for which memory is kept. */
    private int reserved;

    private double reservedSeconds;

    ResidencyDraft(ResidencySnapshot snapshot) {
        this.snapshot = snapshot;
        settings = snapshot.settings();
        reasons = new ResidencyReasons(snapshot);
        free = snapshot.freeBytes();
        leaving = bytes(adapter -> adapter.residence() == Residence.LEAVING);
        capacity =
                free
                        + bytes(adapter ->
                                adapter.residence() != Residence.ABSENT && !adapter.pinned());
        slots = settings.maxLoads() - select(a -> a.residence() == Residence.LOADING).size();
        idle = new VictimPool(select(ResidencyDraft::isIdle), snapshot.now());
        inUse = new VictimPool(select(ResidencyDraft::isInUse), snapshot.now());
    }

    static boolean isIdle(AdapterStanding adapter) {
        return mayLeave(adapter) && adapter.running() == 0;
    }

    private static boolean isInUse(AdapterStanding adapter) {
        return mayLeave(adapter) && adapter.running() > 0;
    }

    private static boolean mayLeave(AdapterStanding adapter) {
        return adapter.residence() == Residence.RESIDENT
                && !adapter.pinned()
                && adapter.waiting() == 0
                && adapter.bytes() > 0;
    }

    private List<AdapterStanding> select(Predicate<AdapterStanding> condition) {
        return snapshot.adapters().stream().filter(condition).toList();
    }

    private long bytes(Predicate<AdapterStanding> condition) {
        return VictimChoice.bytes(select(condition));
    }

    ResidencyPlan plan() {
        LoadQueue.of(snapshot).forEach(this::consider);
        return new ResidencyPlan(evict, close, load, impossible, reasons.all());
    }

    private void consider(AdapterStanding adapter) {
        boolean overdue = snapshot.now() >= LoadQueue.overdueAt(adapter, settings);
        if (adapter.bytes() > capacity) {
            impossible.add(adapter.id());
            reasons.impossible(adapter, capacity);
        } else if (load.size() < slots && adapter.bytes() <= free + idle.bytes(overdue)) {
            load(adapter);
        } else if (!overdue) {
            reasons.waits(adapter, load.size() < slots, free + idle.bytes(false));
        } else if (reservedSeconds > settings.maxWait() * settings.maxLoads()) {
            reasons.waitsBehind(adapter, reserved);
        } else if (adapter.bytes() <= free + leaving + idle.bytes(true) + inUse.bytes(true)) {
            reserve(adapter);
        } else {
            keepAllForTheFirst();
            reasons.waitsBehind(adapter, reserved);
        }
    }

    private void load(AdapterStanding adapter) {
        var victims = idle.take(adapter.bytes() - free);
        evict(victims, adapter);
        reasons.loads(adapter, free, VictimChoice.bytes(victims));
        free += VictimChoice.bytes(victims) - adapter.bytes();
        load.add(adapter.id());
    }

    /** Keeps memory for an overdue adapter, and makes what is missing. */
    private void reserve(AdapterStanding adapter) {
        long missing = Math.max(0, adapter.bytes() - free - leaving);
        var closed = inUse.take(missing - idle.bytes(true));
        var victims = idle.take(missing - VictimChoice.bytes(closed));
        closed.forEach(victim -> {
            close.add(victim.id());
            reasons.closes(victim, adapter);
        });
        leaving += VictimChoice.bytes(closed);
        if (load.size() + reserved < slots) {
            // Its turn has come, so an idle adapter must not come into use again before it leaves.
            evict(victims, adapter);
            free += VictimChoice.bytes(victims);
        } else {
            leaving += VictimChoice.bytes(victims);
        }
        // Free bytes are kept first, so what leaves later, for others, delays it no further.
        long kept = Math.min(free, adapter.bytes());
        free -= kept;
        leaving -= adapter.bytes() - kept;
        reasons.waitsForRoom(adapter, kept);
        reserved++;
        reservedSeconds += adapter.loadSeconds();
    }

    private void evict(List<AdapterStanding> victims, AdapterStanding winner) {
        victims.forEach(victim -> {
            evict.add(victim.id());
            reasons.evicts(victim, winner);
        });
    }

    /** An overdue adapter that must wait for loads to end is not overtaken by further loads. */
    private void keepAllForTheFirst() {
        if (reserved == 0) {
            free = 0;
            leaving = 0;
            idle.clear();
            inUse.clear();
        }
    }
}
