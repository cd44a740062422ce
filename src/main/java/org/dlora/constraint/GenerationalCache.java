package org.dlora.constraint;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.ToIntBiFunction;
import org.jspecify.annotations.Nullable;

/**
 * Cache of a bounded number of bytes, in two generations: a full young one becomes the old one, and
 * what is asked for again becomes young again. Readers take no lock.
 */
final class GenerationalCache<K, V> {
    private final long halfBytes;
    private final ToIntBiFunction<K, V> bytesOf;
    private final AtomicLong youngBytes = new AtomicLong();
    private volatile Map<K, V> young = new ConcurrentHashMap<>();
    private volatile Map<K, V> old = Map.of();
    private volatile long oldBytes;

    GenerationalCache(long bytes, ToIntBiFunction<K, V> bytesOf) {
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
                && youngBytes.addAndGet(bytesOf.applyAsInt(key, value)) > halfBytes) {
            age();
        }
    }

    private synchronized void age() {
        if (youngBytes.get() > halfBytes) {
            old = young;
            oldBytes = youngBytes.get();
            young = new ConcurrentHashMap<>();
            youngBytes.set(0);
        }
    }

    long bytes() {
        return youngBytes.get() + oldBytes;
    }
}
