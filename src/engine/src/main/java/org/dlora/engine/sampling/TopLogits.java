package org.dlora.engine.sampling;

import java.util.Arrays;
import java.util.Optional;

/**
 * The largest logits of a row, which decide its next token where the request has top_k and nothing
 * else that needs the others.
 *
 * @param tokens ascending
 * @param logits of the tokens
 */
public record TopLogits(int[] tokens, float[] logits) {

    /**
     * Returns the {@code k} largest logits of a row; empty if they do not decide, as others equal
     * the last of them, or a logit is not finite.
     *
     * @param tokens rows from {@link org.dlora.device.Operations#largest} of more than {@code k}
     * @param first index of the row's first element in {@code tokens} and {@code logits}
     */
    public static Optional<TopLogits> of(int[] tokens, float[] logits, int first, int k) {
        // Top-k keeps what equals the last one.
        if (tokens[first] < 0 || logits[first + k] == logits[first + k - 1]) {
            return Optional.empty();
        }
        var ascending = new long[k];
        for (int i = 0; i < k; i++) {
            ascending[i] = (long) tokens[first + i] << 32 | (first + i);
        }
        Arrays.sort(ascending);
        var top = new TopLogits(new int[k], new float[k]);
        for (int i = 0; i < k; i++) {
            top.tokens[i] = (int) (ascending[i] >> 32);
            top.logits[i] = logits[(int) ascending[i]];
        }
        return Optional.of(top);
    }
}
