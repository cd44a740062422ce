package org.dlora.constraint;

import java.util.Arrays;

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

    /** Sets the scores of the tokens that must not come to -∞; a score for each token id. */
    public void exclude(double[] scores) {
        for (int first = 0; first < scores.length; first += 64) {
            int end = Math.min(scores.length, first + 64);
            int word = first >> 6;
            long allowed = word < words.length ? words[word] : 0;
            if (allowed == 0) {
                Arrays.fill(scores, first, end, Double.NEGATIVE_INFINITY);
                continue;
            }
            for (long rest = ~allowed; rest != 0; rest &= rest - 1) {
                int token = first + Long.numberOfTrailingZeros(rest);
                if (token < end) {
                    scores[token] = Double.NEGATIVE_INFINITY;
                }
            }
        }
    }
}
