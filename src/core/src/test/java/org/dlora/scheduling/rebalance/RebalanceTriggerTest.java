package org.dlora.scheduling.rebalance;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.dlora.scheduling.ReplicaLoad;
import org.junit.jupiter.api.Test;

class RebalanceTriggerTest {
    private static final double NEVER = Double.NEGATIVE_INFINITY;

    private final RebalanceTrigger trigger =
            new RebalanceTrigger(new RebalanceSettings(0.5, 0.9, 10, 1, 0.1, 1, 10), 16);

    @Test
    void aReplicaWithManyMoreRequestsThanTheMeanIsADrift() {
        var loads = List.of(load("r0", 16, 10), load("r1", 16, 10), load("r2", 33, 10));
        assertThat(trigger.reason(5, 0, loads)).contains("r2 has 33 requests, the mean is 21.7");
        var nearer = List.of(load("r0", 16, 10), load("r1", 16, 10), load("r2", 31, 10));
        assertThat(trigger.reason(5, 0, nearer)).isEmpty();
    }

    @Test
    void aLeadOfMoreThanABatchIsADriftHoweverLongQueuesAre() {
        assertThat(trigger.reason(5, 0, List.of(load("r0", 500, 10), load("r1", 533, 10))))
                .contains("r1 has 533 requests, the mean is 516.5");
        assertThat(trigger.reason(5, 0, List.of(load("r0", 500, 10), load("r1", 531, 10))))
                .isEmpty();
    }

    @Test
    void oneRequestMoreThanOthersIsNoDrift() {
        assertThat(trigger.reason(5, 0, List.of(load("r0", 0, 10), load("r1", 1, 10)))).isEmpty();
        assertThat(trigger.reason(5, 0, List.of(load("r0", 0, 10), load("r1", 2, 10)))).isPresent();
    }

    @Test
    void kvNearTheLimitOrFarOverTheMeanIsADrift() {
        assertThat(trigger.reason(5, 0, List.of(load("r0", 4, 91), load("r1", 4, 91))))
                .contains("r0 holds 91 % of its KV blocks");
        assertThat(trigger.reason(5, 0, List.of(load("r0", 4, 10), load("r1", 4, 80))))
                .contains("r1 holds 80 % of its KV blocks, the mean is 45 %");
        assertThat(trigger.reason(5, 0, List.of(load("r0", 4, 1), load("r1", 4, 20)))).isEmpty();
    }

    @Test
    void aPlanIsMadeOnceInAPeriodAtLeast() {
        var even = List.of(load("r0", 4, 10), load("r1", 4, 10));
        assertThat(trigger.reason(9.9, 0, even)).isEmpty();
        assertThat(trigger.reason(10, 0, even)).contains("10.0 s have passed since the last plan");
        assertThat(trigger.reason(0, NEVER, even)).contains("no plan has been made yet");
    }

    @Test
    void betweenPlansIsAPause() {
        var drift = List.of(load("r0", 0, 10), load("r1", 90, 10));
        assertThat(trigger.reason(5, 4.1, drift)).isEmpty();
        assertThat(trigger.reason(5.1, 4.1, drift)).isPresent();
    }

    @Test
    void withoutRequestsOrASecondReplicaThereIsNothingToPlan() {
        assertThat(trigger.reason(50, 0, List.of(load("r0", 90, 95)))).isEmpty();
        assertThat(trigger.reason(50, 0, List.of(load("r0", 0, 0), load("r1", 0, 0)))).isEmpty();
    }

    private static ReplicaLoad load(String id, int requests, int usedPercent) {
        return new ReplicaLoad(id, requests / 2, requests - requests / 2, 100 - usedPercent, 100);
    }
}
