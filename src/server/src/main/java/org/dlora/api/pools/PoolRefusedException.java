package org.dlora.api.pools;

/** A call that finds no place in a pool. */
public final class PoolRefusedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final boolean isShare;

    PoolRefusedException(String pool, boolean isShare) {
        super(
                isShare
                        ? "The calls of this key or its team take their whole share of the server's threads for %s and of their queue (dlora.http.pools.%s)"
                                .formatted(pool, pool)
                        : "All of the server's threads for %s are taken, and their queue is full (dlora.http.pools.%s)"
                                .formatted(pool, pool),
                null,
                false,
                false);
        this.isShare = isShare;
    }

    /** Returns whether the caller's own share is taken, and not the whole pool. */
    public boolean isShare() {
        return isShare;
    }
}
