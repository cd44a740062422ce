package org.dlora.api.connections;

import java.util.Locale;

/** Cause of the end of a connection by the server. */
enum EndCause {
    /** The connection had no request for too long. */
    IDLE,
    /** The connection had no request, and another client needed its place. */
    REPLACED,
    /** All places had requests. */
    REFUSED,
    /** The headers of a request came too slowly. */
    SLOW_HEAD,
    /** The body of a request came too slowly. */
    SLOW_BODY,
    /** The client did not take its answer. */
    SLOW_READER;

    /** Returns the value of the metric's label. */
    String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
