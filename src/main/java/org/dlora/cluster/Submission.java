package org.dlora.cluster;

import org.dlora.engine.GenerationListener;
import org.dlora.engine.GenerationRequest;

/**
 * A request on its way in.
 *
 * @param listener gets its events on the thread of the replica that runs it, the last being {@code
 *     Finished} or {@code Failed}
 */
public record Submission(GenerationRequest request, GenerationListener listener) {}
