package org.dlora.cluster;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import org.dlora.cluster.fidelity.JudgedAdapter;
import org.dlora.cluster.fidelity.MeasuredPermits;
import org.dlora.cluster.fidelity.MergeVerdict;
import org.dlora.engine.SchedulingReport;
import org.dlora.replica.SchedulingSettings;

/**
 * Scheduling of a cluster's replicas, and the verdicts on merging their adapters. All adapters are
 * measured in the background while the policy may merge.
 */
public final class MeasuredScheduling implements SchedulingService {
    private static final MergeVerdict NOT_READY =
            MergeVerdict.never("not measured: the adapter's content has not been validated yet");

    private final Cluster cluster;
    private final MeasuredPermits permits;

    public MeasuredScheduling(Cluster cluster, MeasuredPermits permits) {
        this.cluster = cluster;
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
                .map(adapter ->
                        new JudgedAdapter(
                                adapter, adapter.version().map(permits::verdict).orElse(NOT_READY)))
                .toList();
    }
}
