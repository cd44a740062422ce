package org.dlora.engine;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import java.util.function.DoubleSupplier;
import org.dlora.device.KvCache;
import org.dlora.replica.ReplicaEvent;
import org.dlora.replica.kv.KvCopy;

/**
 * Copies of KV blocks out of and into the cache of a replica, between two steps. A replica without
 * a cache has none to give and takes none.
 */
final class KvCopies {
    private final Optional<KvCache> cache;
    private final DoubleSupplier clock;
    private double storeSeconds;

    /**
     * @param clock seconds since some fixed moment
     */
    KvCopies(Optional<KvCache> cache, DoubleSupplier clock) {
        this.cache = cache;
        this.clock = clock;
    }

    /** Notes that a step begins. */
    void stepping() {
        storeSeconds = 0;
    }

    /** Returns the event with the seconds of the copies into the cache since the last step. */
    ReplicaEvent.Imported timed(ReplicaEvent.Imported imported) {
        return new ReplicaEvent.Imported(imported.request(), imported.epoch(), storeSeconds);
    }

    /** Copies blocks out. */
    ReplicaEvent.KvRead read(ReplicaEvent.ReadKv wanted) {
        double begun = clock.getAsDouble();
        var contents =
                cache.map(from ->
                                wanted.span().blocks().stream()
                                        .map(block -> read(from, block))
                                        .toList())
                        .orElse(List.of());
        int left = cache.isPresent() ? wanted.left() : 0;
        return new ReplicaEvent.KvRead(
                wanted.request(),
                wanted.epoch(),
                wanted.span().copied(contents),
                left,
                clock.getAsDouble() - begun);
    }

    private static byte[] read(KvCache from, int block) {
        var copy = new byte[Math.toIntExact(from.copyBytes())];
        from.copyOut(block, MemorySegment.ofArray(copy));
        return copy;
    }

    /** Returns whether the cache has the layout, dtype and arithmetic of all copied blocks. */
    boolean takes(KvCopy copy) {
        return cache.isPresent()
                && copy.blocks().stream()
                        .allMatch(block -> cache.get().takes(MemorySegment.ofArray(block)));
    }

    /** Copies blocks in. */
    void store(List<Integer> blocks, List<byte[]> contents) {
        double begun = clock.getAsDouble();
        for (int i = 0; i < blocks.size(); i++) {
            cache.orElseThrow().copyIn(MemorySegment.ofArray(contents.get(i)), blocks.get(i));
        }
        storeSeconds += clock.getAsDouble() - begun;
    }
}
