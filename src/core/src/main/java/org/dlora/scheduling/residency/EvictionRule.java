package org.dlora.scheduling.residency;

import static java.util.Comparator.comparing;
import static java.util.Comparator.comparingDouble;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Choice of the adapters that give up their memory: those of least value, until enough bytes are
 * free.
 *
 * <p>An adapter is worth its demand times the seconds of its load. Its value is what it is worth
 * per byte. Value decides, not worth, as bytes beyond the need serve the next load.
 */
final class EvictionRule {
    /** Adapters of the same value go in the order in which they became resident. */
    static final Comparator<AdapterStanding> BY_VALUE =
            comparingDouble(EvictionRule::value)
                    .thenComparingDouble(AdapterStanding::since)
                    .thenComparing(AdapterStanding::id);

    private static final Comparator<AdapterStanding> BY_WORTH =
            comparingDouble(EvictionRule::worth)
                    .thenComparingDouble(AdapterStanding::since)
                    .thenComparing(comparing(AdapterStanding::id));

    private EvictionRule() {}

    static double value(AdapterStanding adapter) {
        return worth(adapter) / adapter.bytes();
    }

    private static double worth(AdapterStanding adapter) {
        return adapter.demand() * adapter.loadSeconds();
    }

    static long bytes(List<AdapterStanding> adapters) {
        return adapters.stream().mapToLong(AdapterStanding::bytes).sum();
    }

    /**
     * Returns adapters that together have at least {@code need} bytes; none can be left out.
     *
     * @param byValue candidates, sorted, with at least {@code need} bytes
     */
    static List<AdapterStanding> of(List<AdapterStanding> byValue, long need) {
        int count = 0;
        for (long bytes = 0; bytes < need; count++) {
            bytes += byValue.get(count).bytes();
        }
        return needed(byValue.subList(0, count), need);
    }

    /** Returns {@code chosen} without those that need not go, the worthiest of them first. */
    static List<AdapterStanding> needed(List<AdapterStanding> chosen, long need) {
        long bytes = bytes(chosen);
        var kept = new ArrayList<>(chosen);
        for (var adapter : chosen.stream().sorted(BY_WORTH.reversed()).toList()) {
            if (bytes - adapter.bytes() >= need) {
                bytes -= adapter.bytes();
                kept.remove(adapter);
            }
        }
        return kept;
    }
}
