package org.dlora.console.requests;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A part of a request's time.
 *
 * @param replica that has the request; null if none does
 */
record Part(Phase phase, Instant from, Instant to, @Nullable String replica) {

    /** Returns how many seconds after {@code begin} it began. */
    public double after(Instant begin) {
        return RequestLine.seconds(begin, from);
    }

    /** Returns its seconds. */
    public double seconds() {
        return RequestLine.seconds(from, to);
    }
}
