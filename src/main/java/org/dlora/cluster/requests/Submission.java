package org.dlora.cluster.requests;

import java.time.Clock;
import org.dlora.cluster.facts.Arrival;
import org.dlora.engine.delivery.GenerationListener;
import org.dlora.replica.GenerationRequest;

/**
 * A request with the listener to its events.
 *
 * @param listener gets the events on a thread of the replica; the last is {@code Finished} or
 *     {@code Failed}
 * @param arrival of the call that it belongs to
 */
public record Submission(GenerationRequest request, GenerationListener listener, Arrival arrival) {

    /** One that arrives now, from a client that gives no id. */
    public Submission(GenerationRequest request, GenerationListener listener) {
        this(request, listener, Arrival.now(Clock.systemUTC(), null));
    }
}
