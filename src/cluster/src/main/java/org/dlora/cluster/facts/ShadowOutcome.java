package org.dlora.cluster.facts;

import java.util.Locale;

/** End of a shadow's run. */
public enum ShadowOutcome {
    /** The shadow answered, and so did the version that the client sees. */
    COMPARED,
    /**
     * The shadow was ended, as its answer was so much longer than that of the version that the
     * client sees.
     */
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

    /** Returns the outcome as one word in snake case. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
