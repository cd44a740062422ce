package org.dlora.bench.residency;

import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.LongStream;

/**
 * A rule that evicts the adapter of the smallest key until the requested one fits. Each request
 * gives its adapter a new key.
 */
public final class KeyedEviction implements Replay {
    /** LRU: the adapter goes whose last request is longest ago. */
    public static final Replay LRU =
            new KeyedEviction("lru", requests -> LongStream.range(0, requests.length).toArray());

    /**
     * Belady's rule, which knows the future: the adapter goes whose next request is farthest away.
     * No rule has more hits where all sizes are equal. With unequal sizes it is a greedy one.
     */
    public static final Replay BELADY = new KeyedEviction("belady", KeyedEviction::nextUses);

    private final String name;

    /** Returns the key that each request gives to its adapter; no two are the same. */
    private final Function<int[], long[]> keys;

    private KeyedEviction(String name, Function<int[], long[]> keys) {
        this.name = name;
        this.keys = keys;
    }

    private static long[] nextUses(int[] requests) {
        var keys = new long[requests.length];
        Map<Integer, Long> next = new HashMap<>();
        for (int i = requests.length - 1; i >= 0; i--) {
            long never = (long) requests.length + i;
            keys[i] = -next.getOrDefault(requests[i], never);
            next.put(requests[i], (long) i);
        }
        return keys;
    }

    @Override
    public ReplayResult run(AdapterTrace trace) {
        var keyOf = keys.apply(trace.requests());
        var byKey = new TreeMap<Long, Integer>();
        Map<Integer, Long> resident = new HashMap<>();
        long free = trace.budget();
        long loaded = 0;
        int hits = 0;
        int evictions = 0;
        for (int i = 0; i < keyOf.length; i++) {
            int adapter = trace.requests()[i];
            long bytes = trace.bytesOf(i);
            var key = resident.get(adapter);
            if (key != null) {
                hits++;
                byKey.remove(key);
            } else if (bytes > trace.budget()) {
                continue;
            } else {
                while (bytes > free) {
                    int victim = byKey.pollFirstEntry().getValue();
                    resident.remove(victim);
                    free += trace.bytes()[victim];
                    evictions++;
                }
                free -= bytes;
                loaded += bytes;
            }
            resident.put(adapter, keyOf[i]);
            byKey.put(keyOf[i], adapter);
        }
        return new ReplayResult(name, keyOf.length, hits, evictions, loaded);
    }
}
