package org.dlora.cluster;

import java.util.Locale;

/** State of a replica towards requests. */
public enum ReplicaStatus {
    /** It takes requests. */
    SERVING,
    /** It takes no new requests, and still has some. */
    DRAINING,
    /** It takes no new requests, and has none. */
    DRAINED,
    /** It has ended by a defect, or is closed. */
    FAILED;

    /** Returns the state in lower case, as answers name it. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
