package org.dlora.scheduling.rebalance;

/** How the KV of a moved request comes to its new replica. */
public enum MoveKind {
    /** Its KV blocks are copied. */
    SEND,
    /** It is computed again from prompt and answer so far; for a waiting request that is free. */
    RECOMPUTE
}
