package org.dlora.scheduling.rebalance;

/** Way in which the KV of a moved request comes to its new replica. */
public enum MoveKind {
    /** The KV blocks are copied. */
    SEND,
    /**
     * The KV is computed again from prompt and answer so far; for a waiting request that is free.
     */
    RECOMPUTE
}
