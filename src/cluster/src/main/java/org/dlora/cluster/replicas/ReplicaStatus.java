package org.dlora.cluster.replicas;

import java.util.Locale;

/** State of a replica towards requests. */
public enum ReplicaStatus {
    /** It takes requests. */
    SERVING,
    /** It takes no new requests, and still has some. */
    DRAINING,
    /** It takes no new requests, and has none. */
    DRAINED,
    /** It has failed, and its memory is not free yet. */
    FENCED,
    /** It begins anew, now or after a pause. */
    RESTARTING,
    /** It has ended for good. */
    CLOSED;

    /** Returns the state in lower case, as answers name it. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
