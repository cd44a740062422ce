package org.dlora.scheduling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.dlora.scheduling.fair.DloraPolicy;
import org.dlora.scheduling.fair.DloraSettings;
import org.dlora.scheduling.fair.DloraState;
import org.junit.jupiter.api.Test;

/** Tests of the choice of {@code dlora} from one snapshot, of its builds and its explanations. */
class DloraExplanationTest {
    /** A merged step of 8 requests takes 18 ms, an unmerged one 26 ms. */
    private static final SyntheticCosts COSTS = new SyntheticCosts(0.01, 0.001, 0, 1e-6, 0.3);

    private final DloraPolicy policy = new DloraPolicy(DloraSettings.DEFAULT);

    @Test
    void aGainIsBuiltWhileTheBestReadyModeRuns() {
        var decision = policy.decide(tenRequests().build(), DloraState.START);
        assertThat(decision.plan().mode()).isEqualTo(Mode.unmerged());
        assertThat(decision.plan().target()).isEqualTo(Mode.merged("hot"));
        assertThat(decision.plan().run()).hasSize(8);
        assertThat(decision.next().chosen()).isEqualTo("mixed:hot");
        // Each request has 1 of its 100 tokens, so K is 10 * 99 / 8.
        double cycle = 0.018;
        double horizon = 990 / 8.0 * cycle + 0.3;
        assertThat(decision.explanation().why())
                .isEqualTo(
                        "mixed:hot: %.1f tokens/s over %.2f s; until it is built unmerged"
                                .formatted(8 / (cycle + 0.3 * 8 / 990), horizon));
        assertThat(decision.explanation().step()).isEqualTo(0.026, within(1e-12));
    }

    @Test
    void theModeThatRunsIsKeptUnlessAnotherIsBetterByTheGain() {
        var ready = new MergeView(Mode.merged("hot"), Set.of("hot"), null, 1, Long.MAX_VALUE);
        // A merged step of 8 takes 18 ms, an unmerged one 18 ms and what the adapter adds.
        assertThat(chosen(0, ready)).isEqualTo("mixed:hot");
        assertThat(chosen(-0.018 * 0.02, ready)).isEqualTo("mixed:hot");
        assertThat(chosen(-0.018 * 0.04, ready)).isEqualTo("unmerged");
    }

    @Test
    void theNextModeIsBuiltOnceTheOneAloneSoonEnds() {
        var snapshot = hotAloneBeforeCold();
        assertThat(policy.decide(snapshot.build(), lead(0)).plan().target())
                .isEqualTo(Mode.merged("hot"));
        var ending = policy.decide(snapshot.build(), lead(4000)).plan();
        assertThat(ending.mode()).isEqualTo(Mode.merged("hot"));
        assertThat(ending.target()).isEqualTo(Mode.merged("cold"));
    }

    @Test
    void nothingIsBuiltAheadThatWouldTakeTheMemoryOfWhatRuns() {
        long both = 2 * SnapshotBuilder.LORA.mergeBytes();
        assertThat(policy.decide(hotAloneBeforeCold(both).build(), lead(4000)).plan().target())
                .isEqualTo(Mode.merged("cold"));
        assertThat(policy.decide(hotAloneBeforeCold(both - 1).build(), lead(4000)).plan().target())
                .isEqualTo(Mode.merged("hot"));
    }

    @Test
    void withoutSequencesTheModeStays() {
        var ready = new MergeView(Mode.merged("hot"), Set.of("hot"), null, 1, Long.MAX_VALUE);
        var decision = policy.decide(new SnapshotBuilder().merge(ready).build(), DloraState.START);
        assertThat(decision.plan())
                .isEqualTo(
                        new StepPlan(Mode.merged("hot"), Mode.merged("hot"), List.of(), List.of()));
        assertThat(decision.explanation().why()).isEqualTo("nothing to do");
        assertThat(decision.next()).isEqualTo(DloraState.START);
    }

    /**
     * Returns the choice among 8 requests if the adapter's rows take {@code more} seconds a step.
     */
    private String chosen(double more, MergeView merge) {
        var costs = new SyntheticCosts(0.01, 0.001, more, 0, 0.3);
        var snapshot = new SnapshotBuilder().costs(costs).merge(merge).adapter("hot");
        for (int i = 0; i < 8; i++) {
            snapshot.decoding("hot", 10, 1, 100);
        }
        return policy.decide(snapshot.build(), after("mixed:hot", Map.of())).next().chosen();
    }

    private SnapshotBuilder hotAloneBeforeCold() {
        return hotAloneBeforeCold(Long.MAX_VALUE);
    }

    /** Four requests of each; merged weights of one are ready, and none may run beside another. */
    private static SnapshotBuilder hotAloneBeforeCold(long memory) {
        var rules = MergeRules.aloneOnly("rounding");
        var snapshot =
                new SnapshotBuilder()
                        .costs(new SyntheticCosts(0.01, 0.001, 0, 1e-4, 0.3))
                        .merge(new MergeView(Mode.merged("hot"), Set.of("hot"), null, 1, memory))
                        .adapter("hot", SnapshotBuilder.LORA, rules, 1, OutputLengths.NONE)
                        .adapter("cold", SnapshotBuilder.LORA, rules, 1, OutputLengths.NONE);
        for (int i = 0; i < 4; i++) {
            snapshot.decoding("hot", 10, 1, 2000).decoding("cold", 10, 1, 2000);
        }
        return snapshot;
    }

    private static DloraState lead(double hot) {
        return after("merged:hot", Map.of(Flow.of(AdapterRef.of("hot")), hot));
    }

    private static DloraState after(String chosen, Map<Flow, Double> leads) {
        return new DloraState(leads, 100, Map.of(), Map.of(), Set.of(), Map.of(), Set.of(), chosen);
    }

    private static SnapshotBuilder tenRequests() {
        var snapshot =
                new SnapshotBuilder()
                        .costs(COSTS)
                        .adapter(
                                "hot",
                                SnapshotBuilder.LORA,
                                MergeRules.FREE,
                                1,
                                new OutputLengths(1, 100));
        for (int i = 0; i < 8; i++) {
            snapshot.decoding("hot", 10, 1, 1000);
        }
        return snapshot.decoding("hot", 10, 1, 1000).decoding("hot", 10, 1, 1000);
    }
}
