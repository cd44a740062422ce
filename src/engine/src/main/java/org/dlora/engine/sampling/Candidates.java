package org.dlora.engine.sampling;

import java.util.Arrays;
import java.util.List;
import org.dlora.constraint.TokenMask;
import org.dlora.replica.request.TokenIdSet;

/**
 * The tokens that a row may draw, ascending, and their scores: the whole vocabulary, those that a
 * constraint allows, or the largest ones. What is excluded costs nothing behind the mask, and as
 * its probability is 0, all sums have the same bits as those over the vocabulary. For one thread;
 * used again for other rows.
 */
final class Candidates {
    private final double[] scores;
    private final int[] tokens;
    private final long[] words;
    private boolean isMasked;
    private int size;
    private int total;

    Candidates(int vocabSize) {
        scores = new double[vocabSize];
        tokens = new int[vocabSize];
        words = new long[(vocabSize + 63) >> 6];
    }

    /** Begins a row. All tokens are candidates. */
    void open(float[] logits) {
        isMasked = false;
        size = logits.length;
        total = size;
        for (int i = 0; i < size; i++) {
            scores[i] = logits[i];
        }
    }

    /**
     * Begins a row. The candidates are the tokens of a mask without {@code removed}, and {@code
     * added}.
     */
    void open(float[] logits, TokenMask mask, List<TokenIdSet> added, List<TokenIdSet> removed) {
        isMasked = true;
        Arrays.fill(words, 0);
        mask.addTo(words);
        removed.forEach(set -> set.each(token -> words[token >> 6] &= ~(1L << token)));
        added.forEach(set -> set.each(token -> words[token >> 6] |= 1L << token));
        size = 0;
        for (int word = 0; word < words.length; word++) {
            for (long rest = words[word]; rest != 0; rest &= rest - 1) {
                int token = 64 * word + Long.numberOfTrailingZeros(rest);
                tokens[size] = token;
                scores[size++] = logits[token];
            }
        }
        total = size;
    }

    /** Begins a row. The candidates are its largest logits; all others are excluded by top-k. */
    void open(TopLogits top) {
        isMasked = true;
        size = top.tokens().length;
        total = scores.length;
        for (int i = 0; i < size; i++) {
            tokens[i] = top.tokens()[i];
            scores[i] = top.logits()[i];
        }
    }

    /** Rules out all candidates that are not {@code allowed}: both ascend. */
    void keep(TokenIdSet allowed) {
        var rest = allowed.iterator();
        int next = -1;
        for (int i = 0; i < size; i++) {
            int token = token(i);
            while (next < token && rest.hasNext()) {
                next = rest.nextInt();
            }
            if (next != token) {
                scores[i] = Double.NEGATIVE_INFINITY;
            }
        }
    }

    int size() {
        return size;
    }

    /** Returns the candidates, those that top-k has excluded before among them. */
    int total() {
        return total;
    }

    /** Returns the scores, then probabilities, of which the first {@link #size} count. */
    double[] scores() {
        return scores;
    }

    int token(int index) {
        return isMasked ? tokens[index] : index;
    }

    /** Returns the index of a token; negative for none. */
    int index(int token) {
        return isMasked ? Arrays.binarySearch(tokens, 0, size, token) : token;
    }
}
