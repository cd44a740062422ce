package org.dlora.operate.adapters;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import org.dlora.catalogue.SchedulingService;
import org.dlora.catalogue.manifest.ManagedAdapters;
import org.dlora.cluster.dispatch.DispatchRecord;
import org.dlora.cluster.fidelity.JudgedAdapter;
import org.dlora.engine.SchedulingReport;
import org.dlora.operate.ManifestGuard;
import org.dlora.replica.SchedulingSettings;
import org.junit.jupiter.api.Test;

class ShareUpdateTest {
    private final Kept scheduling = new Kept();

    /** Settings without replicas. */
    private static final class Kept implements SchedulingService {
        private SchedulingSettings settings = SchedulingSettings.DEFAULT;

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
            settings = change.apply(settings);
            return CompletableFuture.completedFuture(null);
        }

        @Override
        public List<JudgedAdapter> adapters() {
            return List.of();
        }

        Map<String, Double> shares() {
            return settings.weights().byName();
        }
    }

    private ShareUpdate update(double share) {
        return new ShareUpdate(scheduling, new ManifestGuard(new ManagedAdapters()), "sql", share);
    }

    @Test
    void shareIsThereBeforeTheOtherSteps() {
        assertThat(update(2).before(scheduling::shares)).isEqualTo(Map.of("sql", 2.0));
    }

    @Test
    void failedStepGivesTheEarlierShareBack() {
        var _ = update(2).before(() -> "done");
        assertThatThrownBy(() ->
                        update(3)
                                .before(() -> {
                                    throw new IllegalStateException("refused");
                                }))
                .hasMessage("refused");
        assertThat(scheduling.shares()).isEqualTo(Map.of("sql", 2.0));
    }

    @Test
    void shareOfAnotherCallStays() {
        assertThatThrownBy(() ->
                        update(3)
                                .before(() -> {
                                    var _ = update(5).before(() -> "done");
                                    throw new IllegalStateException("refused");
                                }))
                .hasMessage("refused");
        assertThat(scheduling.shares()).isEqualTo(Map.of("sql", 5.0));
    }
}
