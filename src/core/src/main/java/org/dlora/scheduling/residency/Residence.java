package org.dlora.scheduling.residency;

/** Where an adapter is in its way into an adapter memory, and out of it. */
public enum Residence {
    /** It takes no memory. Requests wait until it is loaded. */
    ABSENT,

    /** It is being loaded, and its memory is taken. */
    LOADING,

    /** Requests run with it. */
    RESIDENT,

    /** It takes no new requests, and is evicted once those that run have ended. */
    LEAVING
}
