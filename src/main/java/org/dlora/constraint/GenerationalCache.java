package org.dlora.constraint;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Cache of a bounded number of bytes, in two generations: a full young one becomes the old one, and
 * what is asked for again becomes young again. Readers take no lock.
 */
final class GenerationalCache<K, V> {
    private final long halfBytes;
    private final ToIntFunction<V> bytesOf;
    private final AtomicLong youngBytes = new AtomicLong();
    private volatile Map<K, V> young = new ConcurrentHashMap<>();
    private volatile Map<K, V> old = Map.of();

    GenerationalCache(long bytes, ToIntFunction<V> bytesOf) {
        halfBytes = bytes / 2;
        this.bytesOf = bytesOf;
    }

    /** Returns the value of a key, which {@code compute} gives if it is not cached. */
    V get(K key, Function<K, V> compute) {
        V known = young.get(key);
        if (known == null) {
            known = older(key);
            if (known == null) {
                known = compute.apply(key);
            }
            keep(key, known);
        }
        return known;
    }

    private @Nullable V older(K key) {
        return old.get(key);
    }

    private void keep(K key, V value) {
        if (young.put(key, value) == null
                && youngBytes.addAndGet(bytesOf.applyAsInt(value)) > halfBytes) {
            age();
        }
    }

    private synchronized void age() {
        if (youngBytes.get() > halfBytes) {
            old = young;
            young = new ConcurrentHashMap<>();
            youngBytes.set(0);
        }
    }

    long size() {
        return (long) young.size() + old.size();
    }
}
