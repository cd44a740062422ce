package org.dlora.console.requests;

import org.jspecify.annotations.Nullable;

import java.time.Instant;

/**
 * A part of a request's time.
 *
 * @param replica that has the request; null if none does
 */
record Part(Phase phase, Instant from, Instant to, @Nullable String replica) {

    /** Returns its seconds. */
    public double seconds() {
        return RequestLine.seconds(from, to);
    }
}
