package org.dlora.cluster;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import org.dlora.engine.SchedulingReport;
import org.dlora.engine.SchedulingSettings;

/** How all replicas choose their steps, and what they may merge. Thread-safe. */
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

    /** What is served now, and whether it may be merged; in the order to list them. */
    List<JudgedAdapter> adapters();
}
