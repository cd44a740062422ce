package org.dlora.cluster;

import org.dlora.engine.delivery.GenerationListener;
import org.dlora.replica.GenerationRequest;

/**
 * A request with the listener to its events.
 *
 * @param listener gets the events on a thread of the replica; the last is {@code Finished} or
 *     {@code Failed}
 */
public record Submission(GenerationRequest request, GenerationListener listener) {}
