package org.dlora.console.firstrun;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import org.dlora.catalogue.SchedulingService;
import org.dlora.cluster.dispatch.DispatchRecord;
import org.dlora.cluster.fidelity.JudgedAdapter;
import org.dlora.engine.SchedulingReport;
import org.dlora.replica.MergeSettings;
import org.dlora.replica.SchedulingSettings;
import org.dlora.scheduling.MergeView;
import org.dlora.scheduling.ServiceWeights;
import org.dlora.scheduling.SloLimits;
import org.dlora.scheduling.policy.PolicyKind;
import org.dlora.scheduling.policy.PolicySettings;

/** Scheduling of one replica that runs nothing. */
final class FakeScheduling implements SchedulingService {
    SchedulingSettings settings;
    boolean fails;

    FakeScheduling(PolicyKind policy) {
        settings =
                new SchedulingSettings(
                        PolicySettings.of(policy),
                        new SloLimits(0.5, 0.05),
                        MergeSettings.DEFAULT,
                        ServiceWeights.EQUAL);
    }

    String policy() {
        return settings.policy().name();
    }

    /** Chooses a policy, as another administrator does. */
    void choose(PolicyKind policy) {
        settings =
                new SchedulingSettings(
                        PolicySettings.of(policy),
                        settings.slo(),
                        settings.merge(),
                        settings.weights());
    }

    @Override
    public List<SchedulingReport> scheduling(int lastSteps) {
        return List.of(
                new SchedulingReport(
                        "0",
                        policy(),
                        settings.slo(),
                        settings.weights(),
                        MergeView.UNMERGED,
                        0,
                        List.of()));
    }

    @Override
    public List<DispatchRecord> dispatch(int last) {
        return List.of();
    }

    @Override
    public CompletableFuture<Void> schedule(UnaryOperator<SchedulingSettings> change) {
        settings = change.apply(settings);
        return fails
                ? CompletableFuture.failedFuture(new IllegalStateException("Replica 0 is closed"))
                : CompletableFuture.completedFuture(null);
    }

    @Override
    public List<JudgedAdapter> adapters() {
        return List.of();
    }
}
