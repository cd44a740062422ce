package org.dlora.scheduling.residency;

/** Stage of an adapter on its way into an adapter memory, and out of it. */
public enum Residence {
    /** The adapter takes no memory. Requests wait until it is loaded. */
    ABSENT,

    /** The adapter is being loaded, and its memory is taken. */
    LOADING,

    /** Requests run with it. */
    RESIDENT,

    /** The adapter takes no new requests, and is evicted once those that run have ended. */
    LEAVING
}
