package org.dlora.constraint;

import java.util.function.IntConsumer;

/** The tokens that may come next, as bits by id. Immutable to its readers. */
public final class TokenMask {
    private final long[] words;

    TokenMask(long[] words) {
        this.words = words;
    }

    int bytes() {
        return 48 + 8 * words.length;
    }

    /** Returns whether {@code token} may come; ids beyond the vocabulary may not. */
    public boolean allows(int token) {
        int word = token >> 6;
        return word < words.length && (words[word] & (1L << token)) != 0;
    }

    /** Returns whether no token may come. */
    public boolean isEmpty() {
        for (long word : words) {
            if (word != 0) {
                return false;
            }
        }
        return true;
    }

    /** Calls {@code use} with each token below {@code vocabSize} that must not come. */
    public void forEachForbidden(int vocabSize, IntConsumer use) {
        for (int first = 0; first < vocabSize; first += 64) {
            int word = first >> 6;
            long forbidden = word < words.length ? ~words[word] : -1L;
            while (forbidden != 0) {
                int token = first + Long.numberOfTrailingZeros(forbidden);
                if (token >= vocabSize) {
                    return;
                }
                use.accept(token);
                forbidden &= forbidden - 1;
            }
        }
    }
}
