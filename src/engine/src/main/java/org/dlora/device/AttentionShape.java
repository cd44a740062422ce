package org.dlora.device;

/**
 * Heads of a fused projection row {@code [q heads | k heads | v heads]}, and how they attend.
 *
 * @param heads query heads; a multiple of {@code kvHeads} (grouped-query attention: query head h
 *     reads kv head h / (heads / kvHeads))
 * @param scale factor of the scores, normally {@code 1 / sqrt(headDim)}
 * @param window positions a row sees, itself included; 0 = all before it (Mistral's sliding window:
 *     p sees j with p - j &lt; window)
 */
public record AttentionShape(int heads, int kvHeads, int headDim, float scale, int window) {

    /** Returns the width of a fused row: {@code (heads + 2·kvHeads)·headDim}. */
    public int qkvWidth() {
        return (heads + 2 * kvHeads) * headDim;
    }

    /** Returns the width of the attention's output row: {@code heads·headDim}. */
    public int outWidth() {
        return heads * headDim;
    }
}
