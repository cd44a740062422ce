package org.dlora.scheduling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.dlora.scheduling.StepPlan.Run;
import org.dlora.scheduling.fair.DloraSettings;
import org.dlora.scheduling.fair.DloraState;
import org.dlora.scheduling.fair.FairShares;
import org.dlora.scheduling.fair.Precedence;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Service, leads and who is entitled, as docs/scheduling.md defines them. */
class ServiceTest {
    private static final DloraSettings SETTINGS = new DloraSettings(1, 2, 1000, 5, 0.03);
    private static final Flow A = Flow.of(AdapterRef.of("a"));
    private static final Flow B = Flow.of(AdapterRef.of("b"));
    private static final Flow GONE = Flow.of(AdapterRef.of("gone"));

    @ParameterizedTest
    @CsvSource({
        // tokens, computed, rows, known, service
        "10, 0, 4, 0, 4",
        "10, 0, 9, 0, 9",
        "10, 0, 10, 0, 11",
        "10, 9, 1, 0, 2",
        // Computed before a preemption: tokens up to the sixth do not count again.
        "10, 0, 4, 6, 0",
        "10, 0, 8, 6, 2",
        "10, 0, 10, 6, 5",
        "10, 4, 4, 6, 2",
        "10, 8, 1, 6, 1",
        "10, 0, 10, 10, 2",
    })
    void aTokenCountsOnceAndTheLastRowAsAnOutput(
            int tokens, int computed, int rows, int known, double service) {
        var sequence = new SequenceView(1, A.adapter(), 1, tokens, computed, 1);
        assertThat(SETTINGS.service(sequence, rows, known)).isEqualTo(service);
    }

    @Test
    void aStepGivesOneAdapterItsRowsAndAnOutputForEachSequence() {
        assertThat(SETTINGS.stepService(new StepLimits(64, 512, 16))).isEqualTo(512 + 64);
        assertThat(SETTINGS.stepService(new StepLimits(64, 16, 16))).isEqualTo(16 + 16);
        assertThat(new DloraSettings(3, 1, 0, 1, 0).stepService(new StepLimits(64, 512, 16)))
                .isEqualTo(3 * 512);
    }

    @ParameterizedTest
    @CsvSource({
        "0, 2, 0, 1, 0",
        "1, 0, 0, 1, 0",
        "1, 2, -1, 1, 0",
        "1, 2, 0, 0, 0",
        "1, 2, 0, 1, -1",
        "NaN, 2, 0, 1, 0",
        "1, 2, NaN, 1, 0",
    })
    void settingsOutOfRangeAreRefused(
            double prompt, double output, double lead, double wait, double gain) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new DloraSettings(prompt, output, lead, wait, gain))
                .withMessageStartingWith("Weights and max-wait are above 0");
    }

    @Test
    void leadsGrowByServicePerWeightOverTheLeastBacklogged() {
        var snapshot =
                new SnapshotBuilder()
                        .adapter("a", SnapshotBuilder.LORA, MergeRules.FREE, 4, OutputLengths.NONE)
                        .adapter("b")
                        .decoding("a", 10, 1, 100)
                        .prefilling("b", 30, 10, 100)
                        .waiting("a", 10, 100);
        // a: 100 + 2/4; b: 150 + 15. Both are backlogged, so 100.5 is subtracted.
        var next = after(snapshot, Map.of(A, 100.0, B, 150.0), new Run(1, 1), new Run(2, 15));
        assertThat(next.leads()).containsOnlyKeys(B);
        assertThat(next.leads().get(B)).isEqualTo(64.5, within(1e-9));
        assertThat(next.served()).containsExactlyInAnyOrder(A, B);
        assertThat(next.running()).containsExactlyInAnyOrder(1L, 2L);
        assertThat(next.at()).isEqualTo(100);
    }

    @Test
    void anAdapterThatRanAllItCouldHasNoClaim() {
        var snapshot =
                new SnapshotBuilder()
                        .adapter("a")
                        .adapter("b")
                        .decoding("a", 10, 1, 100)
                        .prefilling("b", 30, 10, 100);
        // a ran its only row, so the least of the backlogged is b's: 150 + 15.
        var next = after(snapshot, Map.of(A, 10.0, B, 150.0), new Run(1, 1), new Run(2, 15));
        assertThat(next.leads()).isEmpty();
        next = after(snapshot, Map.of(A, 400.0, B, 150.0), new Run(1, 1), new Run(2, 15));
        assertThat(next.leads()).isEqualTo(Map.of(A, 402.0 - 165.0));
    }

    @Test
    void requestsThatAreNotShownAreABacklog() {
        var snapshot = new SnapshotBuilder().adapter("a").decoding("a", 10, 1, 100);
        assertThat(after(snapshot, Map.of(A, 10.0, B, 50.0), new Run(1, 1)).leads()).isEmpty();
        snapshot.adapter("b").unseen("a", 1);
        assertThat(after(snapshot, Map.of(A, 10.0, B, 50.0), new Run(1, 1)).leads())
                .isEqualTo(Map.of(B, 38.0));
    }

    @Test
    void unloadedAdaptersLoseTheirLeads() {
        var snapshot = new SnapshotBuilder().adapter("a").unseen("a", 1).decoding("a", 10, 1, 100);
        assertThat(after(snapshot, Map.of(GONE, 500.0)).leads()).isEmpty();
    }

    @Test
    void preemptedTokensAreRememberedUntilTheirSequenceEnds() {
        var snapshot =
                new SnapshotBuilder()
                        .adapter("a")
                        .decoding("a", 10, 11, 100)
                        .decoding("a", 10, 5, 100);
        var state =
                new DloraState(
                        Map.of(),
                        0,
                        Map.of(),
                        Map.of(),
                        Set.of(),
                        Map.of(1L, 30, 9L, 5),
                        Set.of(),
                        "x");
        var shares = new FairShares(snapshot.index(), SETTINGS, state);
        var next = shares.after(new StepPlan(List.of(1L, 2L), List.of()), "unmerged");
        // The first had lost more before; the ninth is gone.
        assertThat(next.lost()).isEqualTo(Map.of(1L, 30, 2L, 14));
        assertThat(next.chosen()).isEqualTo("unmerged");
    }

    @Test
    void anAdapterIsEntitledUpToTheLargestLeadItself() {
        var snapshot =
                new SnapshotBuilder()
                        .adapter("a")
                        .adapter("b")
                        .decoding("a", 10, 1, 100)
                        .decoding("b", 10, 1, 100);
        var shares = shares(snapshot, Map.of(A, 50.0, B, 1050.0));
        assertThat(shares.isEntitled(B)).isTrue();
        assertThat(shares.room(B)).isZero();
        assertThat(shares.room(A)).isEqualTo(1000);
        assertThat(shares.requests(Precedence.ENTITLED)).isEqualTo(2);
        shares = shares(snapshot, Map.of(A, 50.0, B, 1050.5));
        assertThat(shares.isEntitled(B)).isFalse();
        assertThat(shares.room(B)).isZero();
        assertThat(shares.requests(Precedence.ENTITLED)).isEqualTo(1);
    }

    @Test
    void theLargestLeadIsAtLeastWhatAStepAddsToTheLightest() {
        // 8192 rows and 8 outputs, per weight 0.5.
        var snapshot =
                new SnapshotBuilder()
                        .limits(8, 8192)
                        .adapter(
                                "a", SnapshotBuilder.LORA, MergeRules.FREE, 0.5, OutputLengths.NONE)
                        .adapter("b", SnapshotBuilder.LORA, MergeRules.FREE, 2, OutputLengths.NONE)
                        .decoding("a", 10, 1, 100)
                        .decoding("b", 10, 1, 100);
        var shares = shares(snapshot, Map.of());
        assertThat(shares.room(A)).isEqualTo(8200 / 0.5 * 0.5);
        assertThat(shares.room(B)).isEqualTo(8200 / 0.5 * 2);
        assertThat(shares.expected(snapshot.build().sequence(1))).isEqualTo(2);
    }

    private static FairShares shares(SnapshotBuilder snapshot, Map<Flow, Double> leads) {
        return new FairShares(
                snapshot.index(),
                SETTINGS,
                new DloraState(
                        leads, 0, Map.of(), Map.of(), Set.of(), Map.of(), Set.of(), "unmerged"));
    }

    private static DloraState after(
            SnapshotBuilder snapshot, Map<Flow, Double> leads, Run... runs) {
        return shares(snapshot, new HashMap<>(leads))
                .after(new StepPlan(List.of(), List.of(runs)), "unmerged");
    }
}
