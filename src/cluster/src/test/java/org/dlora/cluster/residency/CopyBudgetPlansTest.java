package org.dlora.cluster.residency;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.InstantSource;
import java.util.List;
import org.dlora.device.MemoryLedger;
import org.dlora.engine.merging.CopyMemory;
import org.dlora.scheduling.residency.CopyTarget;
import org.dlora.scheduling.residency.ResidencyPlan;
import org.dlora.scheduling.residency.ResidencySettings;
import org.dlora.scheduling.residency.ResidencySnapshot;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Changes of copies of merged weights after which another plan may follow. */
class CopyBudgetPlansTest {
    private final MemoryLedger ledger = new MemoryLedger(1000);
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private int changes;
    private final CopyBudget budget =
            new CopyBudget(
                    new Object(),
                    new ResidencyOptions(
                            "host",
                            _ -> ResidencyPlan.NOTHING,
                            ResidencySettings.DEFAULT,
                            () -> 0,
                            0,
                            InstantSource.system()),
                    ledger,
                    new ResidencyMeters("host", registry),
                    () -> changes++);
    private final CopyMemory copies =
            budget.open(
                    "0",
                    900,
                    () ->
                            new ResidencySnapshot(
                                    0, ledger.available(), List.of(), ResidencySettings.DEFAULT));

    CopyBudgetPlansTest() {
        budget.start(List.of(new ScriptedReplica("0")));
    }

    @AfterEach
    void close() {
        copies.lower(0);
        assertThat(ledger.taken()).isZero();
    }

    @Test
    void aPlanFollowsAReleaseThatFreesNothing() {
        assertThat(copies.raise("a", 600)).isEmpty();
        budget.release(new CopyTarget("0", false, "a test"));
        assertThat(budget.isReleasing()).isTrue();
        assertThat(changes).isZero();
        copies.lower(600);
        assertThat(budget.isReleasing()).isFalse();
        assertThat(changes).isOne();
    }

    @Test
    void aPlanFollowsAMergeThatIsRefusedAndNoneEachRequestForItsMemory() {
        assertThat(copies.raise("a", 1200)).isPresent();
        assertThat(copies.raise("a", 1100)).isPresent();
        assertThat(changes).isZero();
        assertThat(budget.isWanting()).isFalse();
        copies.refused("a", 1100);
        assertThat(changes).isOne();
        assertThat(budget.isWanting()).isTrue();
        assertThat(registry.get("dlora.merge.refusals").counter().count()).isOne();
    }

    @Test
    void noPlanFollowsAMergeThatNeedsWhatItWasGranted() {
        assertThat(copies.raise("a", 600)).isEmpty();
        copies.lower(600);
        assertThat(changes).isZero();
        copies.lower(400);
        assertThat(changes).isOne();
    }
}
