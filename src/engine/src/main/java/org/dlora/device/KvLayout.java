package org.dlora.device;

import org.dlora.tensor.DType;

/**
 * Shape of a paged KV cache.
 *
 * @param blocks blocks of {@value #BLOCK_TOKENS} token positions each; a block holds K and V of all
 *     layers
 * @param dtype {@code F32} or {@code BF16}
 */
public record KvLayout(int layers, int kvHeads, int headDim, int blocks, DType dtype) {

    /** Token positions in a block (vLLM's default block size). */
    public static final int BLOCK_TOKENS = 16;

    /** Returns the bytes of one block over all layers, K and V. */
    public long bytesPerBlock() {
        return 2L * layers * kvHeads * headDim * BLOCK_TOKENS * dtype.bytes();
    }

    /** Returns how many blocks {@code tokens} positions need. */
    public static int blocksFor(int tokens) {
        return Math.ceilDiv(tokens, BLOCK_TOKENS);
    }
}
