package org.dlora.cluster.replicas;

import java.util.Locale;

/** State of a replica towards requests. */
public enum ReplicaStatus {
    /** The replica takes requests. */
    SERVING,
    /** The replica takes no new requests, and still has some. */
    DRAINING,
    /** The replica takes no new requests, and has none. */
    DRAINED,
    /** The replica has failed, and its memory is not free yet. */
    FENCED,
    /** The replica restarts, now or after a pause. */
    RESTARTING,
    /** The replica has ended for good. */
    CLOSED;

    /** Returns the state in lower case, as answers name it. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
