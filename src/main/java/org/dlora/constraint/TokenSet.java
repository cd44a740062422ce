package org.dlora.constraint;

import java.util.Arrays;

/** Tokens as ids if they are few, else as bits; a part of a mask. Immutable. */
final class TokenSet {
    /** Bits are stored from so many tokens on. */
    private static final int BITS_PER_ID = 32;

    private final int[] ids;
    private final long[] words;

    private TokenSet(int[] ids, long[] words) {
        this.ids = ids;
        this.words = words;
    }

    static TokenSet of(long[] words) {
        long count = 0;
        for (long word : words) {
            count += Long.bitCount(word);
        }
        if (count * BITS_PER_ID >= 64L * words.length) {
            return new TokenSet(new int[0], words);
        }
        var ids = new int[(int) count];
        int size = 0;
        for (int i = 0; i < words.length; i++) {
            for (long rest = words[i]; rest != 0; rest &= rest - 1) {
                ids[size++] = 64 * i + Long.numberOfTrailingZeros(rest);
            }
        }
        return new TokenSet(Arrays.copyOf(ids, size), new long[0]);
    }

    void addTo(long[] mask) {
        for (int id : ids) {
            mask[id >> 6] |= 1L << id;
        }
        for (int i = 0; i < words.length; i++) {
            mask[i] |= words[i];
        }
    }

    int bytes() {
        return 48 + 4 * ids.length + 8 * words.length;
    }

    static void add(long[] mask, int token) {
        mask[token >> 6] |= 1L << token;
    }
}
