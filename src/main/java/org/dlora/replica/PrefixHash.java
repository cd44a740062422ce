package org.dlora.replica;

import org.jspecify.annotations.Nullable;

/**
 * A seeded 64-bit hash over an owner and its tokens, chained block by block. The seed is unknown to
 * clients, so they cannot choose tokens whose hashes collide.
 *
 * @param seed drawn once per process
 */
record PrefixHash(long seed) {

    /** Returns the hash of a prefix; the parent's hash covers everything before its last block. */
    long of(String owner, @Nullable CachedPrefix parent, int[] tokens) {
        long hash = parent == null ? of(owner) : parent.key().hash();
        for (int token : tokens) {
            hash = mix(hash + token);
        }
        return hash;
    }

    private long of(String owner) {
        long hash = seed;
        for (int i = 0; i < owner.length(); i++) {
            hash = mix(hash + owner.charAt(i));
        }
        return hash;
    }

    /** SplitMix64's finalizer (Steele, Lea and Flood 2014), a bijection. */
    private static long mix(long z) {
        long x = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        x = (x ^ (x >>> 27)) * 0x94D049BB133111EBL;
        return x ^ (x >>> 31);
    }
}
