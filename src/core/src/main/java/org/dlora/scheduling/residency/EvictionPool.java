package org.dlora.scheduling.residency;

import java.util.ArrayList;
import java.util.List;

/**
 * Adapters that could give up their memory, and have not been chosen yet. Settled ones go first;
 * fresh ones, which became resident less than their load time ago, only for overdue requests.
 */
final class EvictionPool {
    private final List<AdapterStanding> settled = new ArrayList<>();
    private final List<AdapterStanding> fresh = new ArrayList<>();
    private long settledBytes;
    private long freshBytes;

    EvictionPool(List<AdapterStanding> adapters, double now) {
        for (var adapter : adapters.stream().sorted(EvictionRule.BY_VALUE).toList()) {
            if (isFresh(adapter, now)) {
                fresh.add(adapter);
            } else {
                settled.add(adapter);
            }
        }
        count();
    }

    static boolean isFresh(AdapterStanding adapter, double now) {
        return now < settledAt(adapter);
    }

    static double settledAt(AdapterStanding adapter) {
        return adapter.since() + adapter.loadSeconds();
    }

    long bytes(boolean overdue) {
        return overdue ? settledBytes + freshBytes : settledBytes;
    }

    /** Takes adapters out that together have {@code need} bytes, which must be there. */
    List<AdapterStanding> take(long need) {
        List<AdapterStanding> taken;
        if (need <= settledBytes) {
            taken = EvictionRule.of(settled, need);
        } else {
            var all = new ArrayList<>(settled);
            var more = EvictionRule.of(fresh, need - settledBytes);
            all.addAll(more);
            taken = EvictionRule.needed(all, need);
        }
        settled.removeAll(taken);
        fresh.removeAll(taken);
        count();
        return taken;
    }

    /** Returns the bytes of settled adapters of less value. */
    long bytesBelow(double value) {
        return EvictionRule.bytes(below(value));
    }

    /** Takes settled adapters of less value that together have {@code need} bytes, or none. */
    List<AdapterStanding> takeBelow(double value, long need) {
        var cheap = below(value);
        if (need <= 0 || EvictionRule.bytes(cheap) < need) {
            return List.of();
        }
        var taken = EvictionRule.of(cheap, need);
        settled.removeAll(taken);
        count();
        return taken;
    }

    private List<AdapterStanding> below(double value) {
        return settled.stream().filter(one -> EvictionRule.value(one) < value).toList();
    }

    void clear() {
        settled.clear();
        fresh.clear();
        count();
    }

    int size() {
        return settled.size() + fresh.size();
    }

    private void count() {
        settledBytes = EvictionRule.bytes(settled);
        freshBytes = EvictionRule.bytes(fresh);
    }
}
