package org.dlora.catalogue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Instant;
import org.dlora.adapter.content.MergeFidelity;
import org.dlora.catalogue.served.CatalogueEntry;
import org.dlora.cluster.adapters.ServedAdapter;
import org.dlora.cluster.fidelity.MergeVerdict;
import org.dlora.replica.SchedulingSettings;
import org.dlora.scheduling.SloLimits;
import org.dlora.scheduling.policy.PolicyKind;
import org.dlora.scheduling.policy.PolicySettings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Adapters are measured while the policy may merge, with or without requests. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class MeasuredSchedulingTest {

    @Test
    void adaptersAreMeasuredAfterLoadingOnceThePolicyMayMerge() {
        try (var server = new TinyServer()) {
            var scheduling = new MeasuredScheduling(server.hosted, server.permits);
            server.load("a", "r8-all", false);
            assertThat(verdict(scheduling, "a").rules().unmergeable())
                    .isEqualTo("not measured: the policy never merges");
            change(scheduling, PolicyKind.DLORA);
            await().until(() -> verdict(scheduling, "a").fidelity() != null);
            server.load("b", "dora", false);
            await().until(() -> verdict(scheduling, "b").fidelity() != null);
            assertThat(verdict(scheduling, "b").fidelity()).isEqualTo(new MergeFidelity(1, 0, 0));

            change(scheduling, PolicyKind.UNMERGED);
            server.load("c", "r4-qv", false);
            assertThat(verdict(scheduling, "c").rules().unmergeable()).contains("never merges");
            server.unregister("a").join();
            assertThat(scheduling.adapters())
                    .extracting(judged -> judged.adapter().name())
                    .containsExactly("b", "c");
        }
    }

    /** Its version may be known from before, and have passed a gate; so nothing says it is new. */
    @Test
    void anAdapterThatWasNotReadSinceTheStartSaysSo() {
        try (var server = new TinyServer()) {
            var scheduling = new MeasuredScheduling(server.hosted, server.permits);
            var unread = new ServedAdapter("d#1", new LazyAdapter("d", "hash"), Instant.EPOCH);
            var _ = server.names().put(CatalogueEntry.of(unread));
            assertThat(verdict(scheduling, "d").rules().unmergeable())
                    .isEqualTo(
                            "not measured: its content has not been read since the server started");
        }
    }

    private static void change(MeasuredScheduling scheduling, PolicyKind policy) {
        scheduling
                .schedule(_ -> new SchedulingSettings(PolicySettings.of(policy), SloLimits.NONE))
                .join();
    }

    private static MergeVerdict verdict(MeasuredScheduling scheduling, String name) {
        return scheduling.adapters().stream()
                .filter(judged -> judged.adapter().name().equals(name))
                .findFirst()
                .orElseThrow()
                .verdict();
    }
}
