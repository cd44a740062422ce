package org.dlora.constraint;

import java.util.Arrays;
import java.util.List;

/** Tokens as ascending ids if they are few, else as bits; a part of masks. Immutable. */
final class TokenSet {
    /** Bits are stored from so many tokens on. */
    private static final int BITS_PER_ID = 32;

    static final TokenSet EMPTY = new TokenSet(new int[0], new long[0]);

    private final int[] ids;
    private final long[] words;

    private TokenSet(int[] ids, long[] words) {
        this.ids = ids;
        this.words = words;
    }

    /** Builder from ids in any order. */
    static final class Builder {
        private int[] ids = new int[16];
        private int size;

        void add(int id) {
            if (size == ids.length) {
                ids = Arrays.copyOf(ids, 2 * size);
            }
            ids[size++] = id;
        }

        TokenSet build(int vocabSize) {
            if (size == 0) {
                return EMPTY;
            }
            if (size * (long) BITS_PER_ID < vocabSize) {
                Arrays.sort(ids, 0, size);
                return new TokenSet(Arrays.copyOf(ids, size), new long[0]);
            }
            var words = new long[(vocabSize + 63) >> 6];
            for (int i = 0; i < size; i++) {
                words[ids[i] >> 6] |= 1L << ids[i];
            }
            return new TokenSet(new int[0], words);
        }
    }

    static TokenSet union(List<TokenSet> sets, int vocabSize) {
        var present = sets.stream().filter(set -> !set.isEmpty()).toList();
        if (present.size() == 1) {
            return present.getFirst();
        }
        var words = new long[(vocabSize + 63) >> 6];
        present.forEach(set -> set.addTo(words));
        var all = new Builder();
        for (int i = 0; i < words.length; i++) {
            for (long rest = words[i]; rest != 0; rest &= rest - 1) {
                all.add(64 * i + Long.numberOfTrailingZeros(rest));
            }
        }
        return all.build(vocabSize);
    }

    boolean isEmpty() {
        return ids.length == 0 && words.length == 0;
    }

    boolean has(int token) {
        int word = token >> 6;
        return words.length == 0
                ? Arrays.binarySearch(ids, token) >= 0
                : word < words.length && (words[word] & (1L << token)) != 0;
    }

    void addTo(long[] mask) {
        for (int id : ids) {
            mask[id >> 6] |= 1L << id;
        }
        for (int i = 0; i < words.length; i++) {
            mask[i] |= words[i];
        }
    }

    /** Returns about the bytes of memory that it takes. */
    int bytes() {
        return 56 + 4 * ids.length + 8 * words.length;
    }
}
