package org.dlora.scheduling;

/**
 * A seeded 64-bit hash over the owner of keys and values and the tokens that they come from,
 * chained block by block. The seed is unknown to clients, so they cannot choose tokens whose hashes
 * collide.
 */
public final class PrefixHash {
    private PrefixHash() {}

    /**
     * Returns the hash of a beginning without tokens.
     *
     * @param seed drawn once per process
     * @param owner parts of its name; their lengths are hashed too
     */
    public static long root(long seed, String... owner) {
        long hash = seed;
        for (var part : owner) {
            hash = mix(hash + part.length());
            for (int i = 0; i < part.length(); i++) {
                hash = mix(hash + part.charAt(i));
            }
        }
        return hash;
    }

    /**
     * Returns the hash of a beginning with more tokens.
     *
     * @param before hash of the beginning without them
     * @param end of the range of tokens, exclusive
     */
    public static long of(long before, int[] tokens, int start, int end) {
        long hash = before;
        for (int i = start; i < end; i++) {
            hash = mix(hash + tokens[i]);
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
