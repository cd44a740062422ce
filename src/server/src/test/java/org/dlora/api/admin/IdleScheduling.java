package org.dlora.api.admin;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import org.dlora.catalogue.SchedulingService;
import org.dlora.cluster.dispatch.DispatchRecord;
import org.dlora.cluster.fidelity.JudgedAdapter;
import org.dlora.engine.SchedulingReport;
import org.dlora.replica.SchedulingSettings;

/** A scheduling without replicas. */
public final class IdleScheduling implements SchedulingService {
    @Override
    public List<SchedulingReport> scheduling(int lastSteps) {
        return List.of();
    }

    @Override
    public List<DispatchRecord> dispatch(int last) {
        return List.of();
    }

    @Override
    public CompletableFuture<Void> schedule(UnaryOperator<SchedulingSettings> change) {
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public List<JudgedAdapter> adapters() {
        return List.of();
    }
}
