package org.dlora.app;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import org.dlora.api.openai.ApiException;
import org.dlora.cluster.SchedulingService;
import org.dlora.cluster.fidelity.JudgedAdapter;
import org.dlora.device.MemoryFullException;
import org.dlora.engine.SchedulingReport;
import org.dlora.replica.SchedulingSettings;
import org.springframework.http.HttpStatus;

/**
 * Scheduling within the memory plan. A policy that may merge comes into force only once its merged
 * weights are planned; they stay planned when another policy follows.
 */
final class PlannedScheduling implements SchedulingService {
    private final SchedulingService scheduling;
    private final MemoryPlan plan;

    PlannedScheduling(SchedulingService scheduling, MemoryPlan plan) {
        this.scheduling = scheduling;
        this.plan = plan;
    }

    @Override
    public List<SchedulingReport> scheduling(int lastSteps) {
        return scheduling.scheduling(lastSteps);
    }

    /**
     * Changes the settings of all replicas.
     *
     * @throws ApiException with status 503 if merged weights do not fit; nothing changes then
     */
    @Override
    public CompletableFuture<Void> schedule(UnaryOperator<SchedulingSettings> change) {
        return scheduling.schedule(present -> planned(change.apply(present)));
    }

    private SchedulingSettings planned(SchedulingSettings next) {
        if (next.policy().mayMerge()) {
            try {
                plan.mergedWeights();
            } catch (MemoryFullException e) {
                throw ApiException.of(
                        HttpStatus.SERVICE_UNAVAILABLE,
                        "The policy %s may merge adapters, but there is not enough memory for merged weights: %s. Unload adapters first, or start the server with --dlora.policy=%s."
                                .formatted(
                                        next.policy().name(),
                                        e.getMessage(),
                                        next.policy().name()));
            }
        }
        return next;
    }

    @Override
    public List<JudgedAdapter> adapters() {
        return scheduling.adapters();
    }
}
