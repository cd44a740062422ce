package org.dlora.cluster;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import org.dlora.cluster.fidelity.JudgedAdapter;
import org.dlora.engine.SchedulingReport;
import org.dlora.replica.SchedulingSettings;

/**
 * Service that shows and changes how replicas choose their steps and what they merge. Thread-safe.
 */
public interface SchedulingService {
    /** Returns each replica's settings and last steps, in configured order. */
    List<SchedulingReport> scheduling(int lastSteps);

    /**
     * Changes the settings of all replicas.
     *
     * @param change makes the new settings of the present ones
     * @return completes when all replicas use them, exceptionally if a replica has ended
     */
    CompletableFuture<Void> schedule(UnaryOperator<SchedulingSettings> change);

    /** Lists the adapters served now with their verdicts. */
    List<JudgedAdapter> adapters();
}
