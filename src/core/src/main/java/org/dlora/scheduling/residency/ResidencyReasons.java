package org.dlora.scheduling.residency;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.dlora.scheduling.residency.ResidencyPlan.Reason;

/** The sentences that explain one plan. */
final class ResidencyReasons {
    private static final double MB = 1 << 20;

    private final ResidencySnapshot snapshot;
    private final List<Reason> reasons = new ArrayList<>();

    ResidencyReasons(ResidencySnapshot snapshot) {
        this.snapshot = snapshot;
    }

    /** Returns one sentence for each adapter that the plan names or that requests wait for. */
    List<Reason> all() {
        Set<String> named = new HashSet<>();
        reasons.forEach(reason -> named.add(reason.adapter()));
        snapshot.adapters().stream()
                .filter(adapter -> adapter.waiting() > 0 && !named.contains(adapter.id()))
                .forEach(this::stays);
        return reasons;
    }

    void loads(AdapterStanding adapter, long free, long evicted, long kv, long copies) {
        var text =
                "is loaded, as %s: it needs %s, %s is free and %s is evicted"
                        .formatted(
                                wanted(adapter), size(adapter.bytes()), size(free), size(evicted));
        add(
                adapter,
                text
                        + (kv == 0 ? "" : ", KV caches give %s".formatted(size(kv)))
                        + (copies == 0 ? "" : ", merged weights give %s".formatted(size(copies))));
    }

    void impossible(AdapterStanding adapter, long capacity) {
        long pinned =
                snapshot.adapters().stream()
                        .filter(one -> one.pinned() && one.residence() != Residence.ABSENT)
                        .mapToLong(AdapterStanding::bytes)
                        .sum();
        add(
                adapter,
                "needs %s, at most %s can be made free: pinned adapters take %s"
                        .formatted(size(adapter.bytes()), size(capacity), size(pinned)));
    }

    void evicts(AdapterStanding victim, AdapterStanding winner) {
        add(
                victim,
                "is evicted for %s: it is idle and costs least to bring back (%s)"
                        .formatted(winner.id(), cost(victim)));
    }

    void evictsForKv(AdapterStanding victim, KvStanding kv) {
        add(
                victim,
                String.format(
                        Locale.ROOT,
                        "is evicted for the KV cache of replica %s: it is idle (%s), and preemptions cost %.2g s for each request",
                        kv.replica(),
                        cost(victim),
                        kv.loss()));
    }

    void evictsForCopies(AdapterStanding victim, CopyStanding copies) {
        add(
                victim,
                String.format(
                        Locale.ROOT,
                        "is evicted for merged weights of %s on replica %s: it is idle (%s), and they are used %.2g times for each request and take %.2f s to build",
                        copies.want().adapter(),
                        copies.replica(),
                        cost(victim),
                        copies.demand(),
                        copies.want().seconds()));
    }

    void closes(AdapterStanding victim, AdapterStanding winner) {
        add(
                victim,
                "takes no new requests, so that %s gets room after a wait of %s: idle adapters do not suffice, and it costs least to bring back (%s, %s running)"
                        .formatted(
                                winner.id(),
                                seconds(snapshot.now() - winner.oldestWaiting()),
                                cost(victim),
                                count(victim.running(), "request")));
    }

    /** Explains why an adapter that is not overdue is not loaded. */
    void waits(AdapterStanding adapter, boolean hasSlot, long room) {
        if (!hasSlot) {
            waitsForLoad(adapter);
            return;
        }
        var text =
                "%s: it needs %s, and %s is free or idle for it"
                        .formatted(wanted(adapter), size(adapter.bytes()), size(room));
        add(
                adapter,
                adapter.waiting() == 0 || adapter.isAhead()
                        ? text
                        : "%s; from %s on adapters in use make room"
                                .formatted(text, seconds(snapshot.settings().maxWait())));
    }

    /** Explains why an overdue adapter, for which memory is kept, is not loaded yet. */
    void waitsForRoom(AdapterStanding adapter, long kept) {
        if (kept == adapter.bytes()) {
            waitsForLoad(adapter);
            return;
        }
        add(
                adapter,
                "%s: it needs %s, %s is kept for it and %s comes when others have left"
                        .formatted(
                                wanted(adapter),
                                size(adapter.bytes()),
                                size(kept),
                                size(adapter.bytes() - kept)));
    }

    private void waitsForLoad(AdapterStanding adapter) {
        int loads = snapshot.settings().maxLoads();
        add(
                adapter,
                "%s: it is loaded after %s"
                        .formatted(
                                wanted(adapter),
                                loads == 1
                                        ? "the load in progress"
                                        : "one of %d loads in progress".formatted(loads)));
    }

    /** Explains why no memory is kept for an overdue adapter. */
    void waitsBehind(AdapterStanding adapter, int before) {
        add(
                adapter,
                before == 0
                        ? "%s: it needs %s, and adapters that are loading hold a part of that"
                                .formatted(wanted(adapter), size(adapter.bytes()))
                        : "%s: room is made first for %s whose requests are older"
                                .formatted(wanted(adapter), count(before, "adapter")));
    }

    private void stays(AdapterStanding adapter) {
        add(
                adapter,
                wanted(adapter)
                        + switch (adapter.residence()) {
                            case LOADING ->
                                    ": it has been loading for %s of %s"
                                            .formatted(
                                                    seconds(snapshot.now() - adapter.since()),
                                                    seconds(adapter.loadSeconds()));
                            case LEAVING ->
                                    ": it makes room for another, %s running, and is loaded again after that"
                                            .formatted(count(adapter.running(), "request"));
                            case RESIDENT, ABSENT -> "";
                        });
    }

    private String wanted(AdapterStanding adapter) {
        if (adapter.requests() == 0) {
            return adapter.waiting() == 0 || adapter.pinned()
                    ? "it is pinned"
                    : adapter.isAhead()
                            ? "it is wanted for requests to come"
                            : "its load was ordered";
        }
        var wait = seconds(snapshot.now() - adapter.oldestRequest());
        return adapter.requests() == 1
                ? "1 request has waited " + wait
                : "%d requests wait, the oldest %s".formatted(adapter.requests(), wait);
    }

    private static String cost(AdapterStanding adapter) {
        return String.format(
                Locale.ROOT,
                "demand %.2g, %.2f s to load %s",
                adapter.demand(),
                adapter.loadSeconds(),
                size(adapter.bytes()));
    }

    private static String seconds(double seconds) {
        return String.format(Locale.ROOT, "%.1f s", seconds);
    }

    private static String size(long bytes) {
        return String.format(Locale.ROOT, "%.1f MB", bytes / MB);
    }

    private static String count(int count, String noun) {
        return count + " " + noun + (count == 1 ? "" : "s");
    }

    private void add(AdapterStanding adapter, String text) {
        reasons.add(new Reason(adapter.id(), text));
    }
}
