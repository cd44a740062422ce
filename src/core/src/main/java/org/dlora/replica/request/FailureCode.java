package org.dlora.replica.request;

/** Reason why a request failed. It tells whether another replica could serve the request. */
public enum FailureCode {
    /** The replica could not compute or plan a step, or could not begin the request. */
    REPLICA_FAULT(true),
    /** The replica is shutting down. */
    SHUTTING_DOWN(true),
    /**
     * The replica that served the request has failed, and no other one goes on with it. The client
     * may try again.
     */
    NO_REPLICA(false),
    /** The adapter is not loaded on the replica, or not any more. */
    ADAPTER_NOT_LOADED(true),
    /** The adapter's files cannot be served. */
    ADAPTER_UNAVAILABLE(false),
    /** The adapter can never fit into the replica's memory. */
    ADAPTER_TOO_LARGE(true),
    /** The replica could not run the sequence at once, as was asked for. */
    NO_ROOM(true),
    /** A request with the same id is unfinished. */
    DUPLICATE_ID(false),
    /** The model computed logits of the request that are not finite. */
    LOGITS_NOT_FINITE(false),
    /** The request's own settings rule every token out. */
    NO_TOKEN_POSSIBLE(false);

    private final boolean retryElsewhere;

    FailureCode(boolean retryElsewhere) {
        this.retryElsewhere = retryElsewhere;
    }

    /** Returns whether the request may succeed on another replica. */
    public boolean retryElsewhere() {
        return retryElsewhere;
    }
}
