package org.dlora.engine;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import org.dlora.device.KvCache;
import org.dlora.replica.KvCopy;
import org.dlora.replica.ReplicaEvent;

/**
 * Copies of KV blocks out of and into the cache of a replica, between two steps. A replica without
 * a cache has none to give and takes none.
 */
final class KvCopies {
    private final Optional<KvCache> cache;

    KvCopies(Optional<KvCache> cache) {
        this.cache = cache;
    }

    /** Copies blocks out. */
    ReplicaEvent.KvRead read(ReplicaEvent.ReadKv wanted) {
        var contents =
                cache.map(from ->
                                wanted.span().blocks().stream()
                                        .map(block -> read(from, block))
                                        .toList())
                        .orElse(List.of());
        int left = cache.isPresent() ? wanted.left() : 0;
        return new ReplicaEvent.KvRead(
                wanted.request(), wanted.epoch(), wanted.span().copied(contents), left);
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
        for (int i = 0; i < blocks.size(); i++) {
            cache.orElseThrow().copyIn(MemorySegment.ofArray(contents.get(i)), blocks.get(i));
        }
    }
}
