package org.dlora.cluster.requests;

import java.time.Clock;
import org.dlora.cluster.adapters.AdapterChoice;
import org.dlora.cluster.facts.Arrival;
import org.dlora.cluster.facts.CallPart;
import org.dlora.engine.delivery.GenerationListener;
import org.dlora.replica.request.GenerationRequest;
import org.jspecify.annotations.Nullable;

/**
 * A request with the listener to its events.
 *
 * @param listener gets the events on a thread of the replica; the last is {@code Finished} or
 *     {@code Failed}
 * @param arrival of the call that it belongs to
 * @param choice the version of the adapter that the call gets; null for the base model, and where
 *     the adapter's name is all that is known
 * @param shadow answers the request once more, unseen by the client; null for none
 * @param part of the call that the request counts for
 */
public record Submission(
        GenerationRequest request,
        GenerationListener listener,
        Arrival arrival,
        @Nullable AdapterChoice choice,
        @Nullable ShadowRequest shadow,
        CallPart part) {

    /** Creates a submission that is a call by itself. */
    public Submission(
            GenerationRequest request,
            GenerationListener listener,
            Arrival arrival,
            @Nullable AdapterChoice choice,
            @Nullable ShadowRequest shadow) {
        this(request, listener, arrival, choice, shadow, CallPart.WHOLE);
    }

    /** Creates a submission of a client, without a shadow. */
    public Submission(
            GenerationRequest request,
            GenerationListener listener,
            Arrival arrival,
            @Nullable AdapterChoice choice) {
        this(request, listener, arrival, choice, null);
    }

    /** Creates a submission of which no version was chosen. */
    public Submission(GenerationRequest request, GenerationListener listener, Arrival arrival) {
        this(request, listener, arrival, null);
    }

    /** Creates a submission that arrives now, from a client that gives no id. */
    public Submission(GenerationRequest request, GenerationListener listener) {
        this(request, listener, Arrival.now(Clock.systemUTC(), null));
    }

    /** Returns a copy with another listener. */
    public Submission heardBy(GenerationListener other) {
        return new Submission(request, other, arrival, choice, shadow, part);
    }
}
