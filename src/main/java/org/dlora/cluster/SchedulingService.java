package org.dlora.cluster;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import org.dlora.engine.SchedulingReport;
import org.dlora.engine.SchedulingSettings;

/** How all replicas choose their steps. Thread-safe. */
public interface SchedulingService {
    /** What each replica decides by, and its last steps; in configured order. */
    List<SchedulingReport> scheduling(int lastSteps);

    /**
     * Changes the settings of all replicas.
     *
     * @param change makes the new settings of the present ones
     * @return completes when all go by them, exceptionally if a replica has ended
     */
    CompletableFuture<Void> schedule(UnaryOperator<SchedulingSettings> change);
}
