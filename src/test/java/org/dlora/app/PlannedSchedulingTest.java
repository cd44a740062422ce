package org.dlora.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import org.dlora.api.openai.ApiException;
import org.dlora.cluster.SchedulingService;
import org.dlora.cluster.fidelity.JudgedAdapter;
import org.dlora.device.MemoryLedger;
import org.dlora.device.MemoryUse;
import org.dlora.engine.SchedulingReport;
import org.dlora.replica.SchedulingSettings;
import org.dlora.scheduling.PolicyKind;
import org.dlora.scheduling.PolicySettings;
import org.dlora.tensor.DType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Policy changes of a server that has 100 MB for KV caches, merged weights and adapters. */
class PlannedSchedulingTest {
    private static final long MB = 1 << 20;

    private final MemoryLedger ledger = new MemoryLedger(100 * MB);
    private final Closing closing = new Closing();
    private final Settings settings = new Settings();
    private final PlannedScheduling scheduling;

    PlannedSchedulingTest() {
        var plan = new MemoryPlan(ledger, closing);
        var cache = new CachePlan(1, 1, DType.F32, 16, 20 * MB, 30 * MB);
        plan.kvCaches(ledger, 2, cache);
        plan.merging(ledger, 2, cache, 25 * MB);
        scheduling = new PlannedScheduling(settings, plan);
    }

    @AfterEach
    void close() {
        closing.close();
        assertThat(ledger.taken(MemoryUse.MERGED_WEIGHTS)).isZero();
    }

    @Test
    void policyThatMayMergeIsPlannedWhenItComesIntoForce() {
        choose(PolicyKind.UNMERGED);
        assertThat(ledger.available()).isEqualTo(60 * MB);
        choose(PolicyKind.DLORA);
        assertThat(ledger.taken(MemoryUse.MERGED_WEIGHTS)).isEqualTo(50 * MB);
        choose(PolicyKind.UNMERGED);
        choose(PolicyKind.MERGED);
        assertThat(ledger.taken(MemoryUse.MERGED_WEIGHTS)).isEqualTo(50 * MB);
        assertThat(settings.now.policy().name()).isEqualTo("merged");
    }

    @Test
    void policyWhoseMergedWeightsDoNotFitBesideLoadedAdaptersIsRefused() {
        try (var _ = ledger.reserve(MemoryUse.ADAPTERS, 11 * MB)) {
            assertThatExceptionOfType(ApiException.class)
                    .isThrownBy(() -> choose(PolicyKind.DLORA))
                    .withMessageContaining("The policy dlora may merge adapters")
                    .withMessageContaining("50MB are needed, and 49MB of 100MB are available")
                    .withMessageContaining("Unload adapters first");
            assertThat(settings.now).isEqualTo(SchedulingSettings.DEFAULT);
        }
        choose(PolicyKind.DLORA);
        assertThat(settings.now.policy().name()).isEqualTo("dlora");
    }

    private void choose(PolicyKind policy) {
        scheduling
                .schedule(
                        present -> new SchedulingSettings(PolicySettings.of(policy), present.slo()))
                .join();
    }

    /** The settings alone. */
    private static final class Settings implements SchedulingService {
        private SchedulingSettings now = SchedulingSettings.DEFAULT;

        @Override
        public List<SchedulingReport> scheduling(int lastSteps) {
            return List.of();
        }

        @Override
        public CompletableFuture<Void> schedule(UnaryOperator<SchedulingSettings> change) {
            now = change.apply(now);
            return CompletableFuture.completedFuture(null);
        }

        @Override
        public List<JudgedAdapter> adapters() {
            return List.of();
        }
    }
}
