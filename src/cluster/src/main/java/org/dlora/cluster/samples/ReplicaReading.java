package org.dlora.cluster.samples;

import org.dlora.scheduling.Mode;
import org.dlora.scheduling.ReplicaLoad;

/**
 * A replica at the moment of a sample.
 *
 * @param device with the number of its threads
 * @param takesRequests false also while it is drained
 * @param waitingForAdapters requests that wait at its adapter memory, where no other replica shares
 *     that memory; 0 where one does
 * @param mode of its weights
 */
public record ReplicaReading(
        String replica,
        String device,
        boolean isServing,
        boolean takesRequests,
        ReplicaLoad load,
        int waitingForAdapters,
        Mode mode) {}
