package org.dlora.cluster;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import org.dlora.engine.SchedulingReport;
import org.dlora.replica.SchedulingSettings;

/**
 * Scheduling of a cluster's replicas, and the verdicts on merging their adapters. All adapters are
 * measured in the background while the policy may merge.
 */
public final class MeasuredScheduling implements SchedulingService {
    private final Cluster cluster;
    private final AdapterMemory memory;
    private final MeasuredPermits permits;

    /**
     * @param memory holds the weights of the served adapters, and tells {@code permits}
     */
    public MeasuredScheduling(Cluster cluster, AdapterMemory memory, MeasuredPermits permits) {
        this.cluster = cluster;
        this.memory = memory;
        this.permits = permits;
        permits.ahead(cluster.settings().policy().mayMerge());
    }

    @Override
    public List<SchedulingReport> scheduling(int lastSteps) {
        return cluster.scheduling(lastSteps);
    }

    @Override
    public synchronized CompletableFuture<Void> schedule(UnaryOperator<SchedulingSettings> change) {
        var done = cluster.schedule(change);
        permits.ahead(cluster.settings().policy().mayMerge());
        return done;
    }

    @Override
    public List<JudgedAdapter> adapters() {
        return cluster.catalogue().adapters().stream()
                .flatMap(adapter ->
                        memory.weights(adapter).stream()
                                .map(permits::verdict)
                                .map(verdict -> new JudgedAdapter(adapter, verdict)))
                .toList();
    }
}
