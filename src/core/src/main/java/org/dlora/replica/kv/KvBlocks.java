package org.dlora.replica.kv;

/** Sizes of KV blocks, the same on every device. */
public final class KvBlocks {
    /** Token positions in a block. */
    public static final int TOKENS = 16;

    private KvBlocks() {}

    /** Returns how many blocks {@code tokens} positions need. */
    public static int covering(int tokens) {
        return Math.ceilDiv(tokens, TOKENS);
    }
}
