package org.dlora.constraint;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.ToIntBiFunction;

/**
 * Cache of a bounded number of bytes, in two generations: a full young one becomes the old one, and
 * what is asked for again becomes young again. Readers take no lock.
 */
final class GenerationalCache<K, V> {
    private final long halfBytes;
    private MemoryBudget budget;
    private final ToIntBiFunction<K, V> bytesOf;
    private volatile Map<K, V> young = new ConcurrentHashMap<>();
    private volatile Map<K, V> old = Map.of();
    private volatile long youngBytes;
    private volatile long oldBytes;

    /**
     * @param bytes at most, of keys and values
     * @param budget that others share
     */
    GenerationalCache(long bytes, MemoryBudget budget, ToIntBiFunction<K, V> bytesOf) {
        halfBytes = bytes / 2;
        this.budget = budget;
        this.bytesOf = bytesOf;
    }

    /** Returns the value of a key, which {@code compute} gives if it is not cached. */
    V get(K key, Function<K, V> compute) {
        V known = young.get(key);
        if (known == null) {
            known = old.get(key);
            if (known == null) {
                known = compute.apply(key);
            }
            keep(key, known);
        }
        return known;
    }

    private synchronized void keep(K key, V value) {
        if (young.putIfAbsent(key, value) != null) {
            return;
        }
        int size = bytesOf.applyAsInt(key, value);
        youngBytes += size;
        budget.add(size);
        if (youngBytes > halfBytes) {
            budget.add(-oldBytes);
            old = young;
            oldBytes = youngBytes;
            young = new ConcurrentHashMap<>();
            youngBytes = 0;
        }
    }

    synchronized void forget() {
        budget.add(-bytes());
        young = new ConcurrentHashMap<>();
        old = Map.of();
        youngBytes = 0;
        oldBytes = 0;
    }

    /** Counts for the budget no more. */
    synchronized void leave() {
        budget.add(-bytes());
        budget = MemoryBudget.none();
    }

    long bytes() {
        return youngBytes + oldBytes;
    }
}
