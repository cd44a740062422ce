package org.dlora.scheduling.residency;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.ToIntFunction;
import java.util.function.ToLongFunction;

/** A plan of {@link CostAwareResidency} in the making: the memory that is not given away yet. */
final class ResidencyDraft {
    private final ResidencySnapshot snapshot;
    private final ResidencySettings settings;
    private final ResidencyReasons reasons;
    private final List<String> evict = new ArrayList<>();
    private final List<String> close = new ArrayList<>();
    private final List<String> load = new ArrayList<>();
    private final List<String> impossible = new ArrayList<>();

    /** Overdue adapters for which memory is kept. */
    private final List<String> kept = new ArrayList<>();

    private final KvDraft kv;
    private final CopyDraft copies;
    private final EvictionPool idle;
    private final EvictionPool inUse;

    /** Bytes that can ever be free: all but those of pinned adapters and what KV caches keep. */
    private final long capacity;

    /** Loads that may begin. */
    private final int slots;

    /** Free bytes that are kept for no adapter. */
    private long free;

    /** Bytes that come free later, and are kept for no adapter. */
    private long leaving;

    private double reservedSeconds;

    ResidencyDraft(ResidencySnapshot snapshot) {
        this.snapshot = snapshot;
        settings = snapshot.settings();
        reasons = new ResidencyReasons(snapshot);
        free = snapshot.freeBytes();
        kv = new KvDraft(snapshot);
        copies = new CopyDraft(snapshot);
        leaving =
                bytes(adapter -> adapter.residence() == Residence.LEAVING)
                        + kvBytes(KvStanding::leaving)
                        + copyBytes(CopyStanding::leavingBytes);
        capacity =
                free
                        + kvBytes(one -> one.leaving() + Math.max(0, one.blocks() - one.least()))
                        + copyBytes(one -> one.idleBytes() + one.usedBytes() + one.leavingBytes())
                        + bytes(adapter ->
                                adapter.residence() != Residence.ABSENT && !adapter.pinned());
        slots = settings.maxLoads() - select(a -> a.residence() == Residence.LOADING).size();
        idle = new EvictionPool(select(ResidencyDraft::isIdle), snapshot.now());
        inUse = new EvictionPool(select(ResidencyDraft::isInUse), snapshot.now());
    }

    static boolean isIdle(AdapterStanding adapter) {
        return mayLeave(adapter) && adapter.running() == 0;
    }

    static boolean isInUse(AdapterStanding adapter) {
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
        return EvictionRule.bytes(select(condition));
    }

    private long kvBytes(ToIntFunction<KvStanding> blocks) {
        return snapshot.kv().stream()
                .mapToLong(one -> blocks.applyAsInt(one) * one.blockBytes())
                .sum();
    }

    private long copyBytes(ToLongFunction<CopyStanding> bytes) {
        return snapshot.copies().stream().mapToLong(bytes).sum();
    }

    ResidencyPlan plan() {
        var queue = LoadQueue.of(snapshot);
        queue.forEach(this::consider);
        long spare = free - unmet(queue);
        spare -= CopyGrants.makeRoom(snapshot, spare, idle, kv, copies, reasons, evict);
        var growth = new KvGrowth(snapshot, reasons);
        growth.decide(spare, idle, kv);
        evict.addAll(growth.evicted());
        var targets = new ArrayList<>(kv.targets());
        targets.addAll(growth.targets());
        return new ResidencyPlan(
                evict, close, targets, copies.targets(), load, impossible, reasons.all());
    }

    /** Returns the bytes of adapters that wait and for which no memory is kept. */
    private long unmet(List<AdapterStanding> queue) {
        return queue.stream()
                .filter(one -> !load.contains(one.id()) && !impossible.contains(one.id()))
                .filter(one -> !kept.contains(one.id()))
                .mapToLong(AdapterStanding::bytes)
                .sum();
    }

    private void consider(AdapterStanding adapter) {
        boolean overdue = snapshot.now() >= LoadQueue.overdueAt(adapter, settings);
        if (adapter.bytes() > capacity) {
            impossible.add(adapter.id());
            reasons.impossible(adapter, capacity);
        } else if (load.size() < slots && adapter.bytes() <= free + idleBytes(overdue)) {
            load(adapter, overdue);
        } else if (!overdue) {
            reasons.waits(adapter, load.size() < slots, free + idleBytes(false));
        } else if (reservedSeconds > settings.maxWait() * settings.maxLoads()) {
            reasons.waitsBehind(adapter, kept.size());
        } else if (adapter.bytes() <= free + leaving + idleBytes(true) + heldBytes()) {
            reserve(adapter);
        } else {
            keepAllForTheFirst();
            reasons.waitsBehind(adapter, kept.size());
        }
    }

    /** Returns the bytes that come back at once if they are wanted. */
    private long idleBytes(boolean overdue) {
        return idle.bytes(overdue) + kv.bytes(overdue) + copies.bytes(overdue);
    }

    /** Returns the bytes in use that come back later if they are wanted. */
    private long heldBytes() {
        return inUse.bytes(true) + kv.heldBytes() + copies.usedBytes();
    }

    private void load(AdapterStanding adapter, boolean overdue) {
        long missing = adapter.bytes() - free;
        long copied = takeCopies(missing, overdue, true, adapter);
        long given = kv.take(missing - copied, idle, overdue, true, adapter.id());
        var victims = idle.take(missing - copied - given);
        evict(victims, adapter);
        reasons.loads(adapter, free, EvictionRule.bytes(victims), given, copied);
        free += EvictionRule.bytes(victims) + given + copied - adapter.bytes();
        load.add(adapter.id());
    }

    private long takeCopies(long missing, boolean overdue, boolean isKept, AdapterStanding winner) {
        long need = missing - kv.freeBytes(overdue);
        return copies.take(need, idle, kv, overdue, isKept, winner.id());
    }

    /** Keeps memory for an overdue adapter, and makes what is missing. */
    private void reserve(AdapterStanding adapter) {
        long missing = Math.max(0, adapter.bytes() - free - leaving);
        long later = missing - idleBytes(true);
        var closed = inUse.take(Math.min(later, inUse.bytes(true)));
        long drained = kv.drain(later - EvictionRule.bytes(closed), adapter.id());
        long unmerged = copies.unmerge(later - EvictionRule.bytes(closed) - drained, adapter.id());
        long now = missing - EvictionRule.bytes(closed) - drained - unmerged;
        boolean isItsTurn = load.size() + kept.size() < slots;
        long copied = takeCopies(now, true, isItsTurn, adapter);
        long given = kv.take(now - copied, idle, true, isItsTurn, adapter.id()) + copied;
        var victims = idle.take(now - given);
        closed.forEach(victim -> {
            close.add(victim.id());
            reasons.closes(victim, adapter);
        });
        leaving += EvictionRule.bytes(closed) + drained + unmerged;
        if (isItsTurn) {
            // So an idle adapter must not come into use again before it leaves.
            evict(victims, adapter);
            free += EvictionRule.bytes(victims) + given;
        } else {
            leaving += EvictionRule.bytes(victims) + given;
        }
        // Free bytes are kept first, so what leaves later, for others, delays it no further.
        long keep = Math.min(free, adapter.bytes());
        free -= keep;
        leaving -= adapter.bytes() - keep;
        reasons.waitsForRoom(adapter, keep);
        kept.add(adapter.id());
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
        if (kept.isEmpty()) {
            free = 0;
            leaving = 0;
            idle.clear();
            inUse.clear();
            kv.clear();
            copies.clear();
        }
    }
}
