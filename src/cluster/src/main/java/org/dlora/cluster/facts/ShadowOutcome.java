package org.dlora.cluster.facts;

import java.util.Locale;

/** How the run of a shadow ended. */
public enum ShadowOutcome {
    /** It answered, and so did the version that the client sees. */
    COMPARED,
    /** It answered so much longer than the version that the client sees that it was ended. */
    CUT,
    /** Dropped: requests waited, or the batch or the KV cache had no room. */
    NO_ROOM,
    /** Dropped: its adapter was not resident. */
    NOT_RESIDENT,
    /** Dropped: the client's request waited for its own adapter. */
    WAITING,
    /** Dropped: whoever ordered it has no tokens left. */
    OVER_LIMIT,
    /** Dropped: it ran, and requests of clients waited. */
    YIELDED,
    /** Dropped: it could not be served. */
    FAILED,
    /** Dropped: the client's request was cancelled, or failed. */
    CLIENT_ENDED;

    /** Returns whether there is something to compare. */
    public boolean isCompared() {
        return this == COMPARED || this == CUT;
    }

    /** Returns it as one word in snake case. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
