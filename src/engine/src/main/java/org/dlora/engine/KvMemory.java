package org.dlora.engine;

import java.util.concurrent.CompletableFuture;

/**
 * The memory of a replica's KV cache, as those see it who divide memory among uses. Thread-safe.
 */
public interface KvMemory {
    /** A KV cache whose blocks all stay. */
    KvMemory FIXED =
            new KvMemory() {
                @Override
                public KvStatus status() {
                    return KvStatus.NONE;
                }

                @Override
                public CompletableFuture<Void> resize(int blocks, Runnable progress) {
                    return CompletableFuture.completedFuture(null);
                }
            };

    /** Returns whether {@link #resize} can change anything. */
    default boolean isElastic() {
        return false;
    }

    /** Returns the status at the last step. */
    KvStatus status();

    /**
     * Changes the number of usable blocks, a few between two steps. Blocks that sequences hold stay
     * until they are given back. Memory for more blocks must be reserved before.
     *
     * @param progress is run on the replica's thread whenever some of the blocks have changed
     * @return completes when nothing more follows: the blocks are as wanted, another change has
     *     taken its place, or the replica has ended
     */
    CompletableFuture<Void> resize(int blocks, Runnable progress);
}
