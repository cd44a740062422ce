package org.dlora.scheduling.fair;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Set;
import org.dlora.scheduling.Batch;
import org.dlora.scheduling.MergeRules;
import org.dlora.scheduling.MergeView;
import org.dlora.scheduling.Mode;
import org.dlora.scheduling.OutputLengths;
import org.dlora.scheduling.SnapshotBuilder;
import org.dlora.scheduling.SyntheticCosts;
import org.junit.jupiter.api.Test;

/** Predicted rates against {@code n / (t + n·φ·τ + s/K)}, computed by hand. */
class ForecastTest {
    /** 10 ms a step, 1 ms a row, 1 ms a LoRA row of {@link SnapshotBuilder#LORA}, 0.5 s a merge. */
    private static final SyntheticCosts COSTS = new SyntheticCosts(0.01, 0.001, 0, 1e-6, 0.5);

    private static final Mode HOT = Mode.merged("hot");
    private static final OutputLengths FORTY = new OutputLengths(1, 40);

    @Test
    void decodesAloneTakeTheirStep() {
        // 4 answers of 40 tokens, of which 10 each are there: K = 4 * 30 / 4.
        var rate = of(Mode.unmerged(), fourDecodes());
        assertThat(rate.step()).isEqualTo(0.01 + 4 * 0.002, within(1e-12));
        assertThat(rate.tokensPerSecond()).isEqualTo(4 / 0.018, within(1e-9));
        assertThat(rate.merge()).isZero();
        assertThat(rate.horizon()).isEqualTo(30 * 0.018, within(1e-12));
    }

    @Test
    void aBuildIsPaidByTheStepsThatItLastsFor() {
        var rate = of(HOT, fourDecodes());
        assertThat(rate.merge()).isEqualTo(0.5);
        assertThat(rate.step()).isEqualTo(0.014, within(1e-12));
        assertThat(rate.tokensPerSecond()).isEqualTo(4 / (0.014 + 0.5 / 30), within(1e-9));
        assertThat(rate.horizon()).isEqualTo(30 * 0.014 + 0.5, within(1e-12));
    }

    @Test
    void builtWeightsAreNotPaidAgain() {
        var building =
                new MergeView(
                        Mode.unmerged(),
                        Set.of(),
                        new MergeView.Build("hot", 0.75),
                        1,
                        Long.MAX_VALUE);
        assertThat(of(HOT, fourDecodes().merge(building)).merge()).isEqualTo(0.125);
        var ready = new MergeView(HOT, Set.of("hot"), null, 1, Long.MAX_VALUE);
        assertThat(of(HOT, fourDecodes().merge(ready)).merge()).isZero();
        var other =
                new MergeView(
                        Mode.unmerged(),
                        Set.of(),
                        new MergeView.Build("cold", 0.75),
                        1,
                        Long.MAX_VALUE);
        assertThat(of(HOT, fourDecodes().merge(other)).merge()).isEqualTo(0.5);
    }

    @Test
    void aSwitchIsPaidByTheModesThatAreNotInEffect() {
        var unmerged = new MergeView(Mode.unmerged(), Set.of("hot"), null, 1, 1000, 0.3);
        var rate = of(HOT, fourDecodes().merge(unmerged));
        assertThat(rate.merge()).as("nothing is left to build").isZero();
        assertThat(rate.tokensPerSecond()).isEqualTo(4 / (0.014 + 0.3 / 30), within(1e-9));
        assertThat(rate.horizon()).isEqualTo(30 * 0.014 + 0.3, within(1e-12));
        assertThat(of(Mode.unmerged(), fourDecodes().merge(unmerged)).tokensPerSecond())
                .isEqualTo(4 / 0.018, within(1e-9));
        var merged = new MergeView(HOT, Set.of("hot"), null, 1, 1000, 0.3);
        assertThat(of(HOT, fourDecodes().merge(merged)).tokensPerSecond())
                .isEqualTo(4 / 0.014, within(1e-9));
        assertThat(of(Mode.unmerged(), fourDecodes().merge(merged)).tokensPerSecond())
                .isEqualTo(4 / (0.018 + 0.3 / 30), within(1e-9));
        var building =
                new MergeView(
                        Mode.unmerged(), Set.of(), new MergeView.Build("hot", 0.5), 1, 1000, 0.3);
        assertThat(of(HOT, fourDecodes().merge(building)).tokensPerSecond())
                .isEqualTo(4 / (0.014 + (0.25 + 0.3) / 30), within(1e-9));
    }

    @Test
    void aModeOfOneAdapterLastsAsLongAsItsOwnRequests() {
        var snapshot = fourDecodes().adapter("cold").decoding("cold", 10, 10, 1000);
        // The request of "cold" has 64 - 10 tokens left, as no answer of "cold" was seen.
        assertThat(of(Mode.unmerged(), snapshot).horizon())
                .isEqualTo((4 * 30 + 54) / 5.0 * (0.01 + 5 * 0.002), within(1e-9));
        // Beside "hot" merged, "cold" has its term and a correction: two LoRA rows more.
        assertThat(of(HOT, snapshot).horizon())
                .isEqualTo(30 * (0.01 + 5 * 0.001 + 2 * 0.001) + 0.5, within(1e-9));
    }

    @Test
    void answersAreExpectedToGoOnWithinTheirLimits() {
        // Longer than the mean: a quarter of the mean is still expected.
        assertThat(stepsLeft(100, 1000)).isEqualTo(10);
        assertThat(stepsLeft(30, 1000)).isEqualTo(10);
        assertThat(stepsLeft(29, 1000)).isEqualTo(11);
        // No more than the request allows, at least the next token.
        assertThat(stepsLeft(3, 5)).isEqualTo(2);
        assertThat(stepsLeft(5, 5)).isEqualTo(1);
    }

    @Test
    void requestsThatAreNotShownCountWithTheMean() {
        assertThat(of(Mode.unmerged(), fourDecodes().unseen("hot", 2)).horizon())
                .isEqualTo((4 * 30 + 2 * 40) / 4.0 * 0.018, within(1e-9));
    }

    @Test
    void anAdapterWithoutAnswersIsExpectedToAnswerAsOthersDid() {
        var snapshot =
                new SnapshotBuilder()
                        .costs(COSTS)
                        .outputs(new OutputLengths(2, 200))
                        .adapter("new")
                        .decoding("new", 10, 10, 1000);
        assertThat(of(Mode.unmerged(), snapshot).horizon())
                .isEqualTo(90 * (0.01 + 0.002), within(1e-9));
    }

    @Test
    void promptTokensToComeAreSpreadOverTheOutputs() {
        var snapshot = fourDecodes().prefilling("hot", 100, 40, 1000).waiting("hot", 180, 1000);
        // Prompts: 59 rows before the last one of the fifth, 180 of the sixth.
        double outputs = 4 * 30 + 2 * 40;
        double phi = (59 + 180) / outputs;
        var four = Batch.of(snapshot.build().sequences().subList(0, 4));
        var rate = new Forecast(snapshot.index(), DloraSettings.DEFAULT).of(HOT, four);
        // 128 rows among 4 sequences: 32 rows each, merged.
        double tau = (0.01 + 128 * 0.001) / 128;
        double cycle = 0.014 + 4 * phi * tau;
        double steps = outputs / 4;
        assertThat(rate.tokensPerSecond()).isEqualTo(4 / (cycle + 0.5 / steps), within(1e-9));
        assertThat(rate.step()).isEqualTo(0.014, within(1e-12));
    }

    @Test
    void aloneTheStepsOfThePausedFollow() {
        var snapshot = fourDecodes().adapter("cold").decoding("cold", 10, 10, 1000);
        var all = snapshot.build().sequences();
        var forecast = new Forecast(snapshot.index(), DloraSettings.DEFAULT);
        var rate =
                forecast.alone(
                        HOT,
                        Batch.of(all.subList(0, 4)),
                        Batch.of(all.subList(4, 5)),
                        Double.POSITIVE_INFINITY);
        // Five tokens take a merged step of four and an unmerged one of one.
        assertThat(rate.tokensPerSecond()).isEqualTo(5 / (0.014 + 0.012 + 0.5 / 30), within(1e-9));
    }

    @Test
    void aloneEndsWhereTheServiceIsUsedUp() {
        var snapshot = fourDecodes();
        var all = Batch.of(snapshot.build().sequences());
        var forecast = new Forecast(snapshot.index(), DloraSettings.DEFAULT);
        // A step is 4 * 2 service, so there is room for 10 steps.
        var rate = forecast.alone(HOT, all, Batch.of(List.of()), 80);
        assertThat(rate.tokensPerSecond()).isEqualTo(4 / (0.014 + 0.5 / 10), within(1e-9));
        // The mode lasts for one step at least.
        rate = forecast.alone(HOT, all, Batch.of(List.of()), 0);
        assertThat(rate.tokensPerSecond()).isEqualTo(4 / (0.014 + 0.5), within(1e-9));
    }

    private static double stepsLeft(int output, int maxOutput) {
        var snapshot =
                new SnapshotBuilder()
                        .costs(COSTS)
                        .adapter("hot", SnapshotBuilder.LORA, MergeRules.FREE, 1, FORTY)
                        .decoding("hot", 10, output, maxOutput);
        return Math.round(of(Mode.unmerged(), snapshot).horizon() / 0.012 * 1e9) / 1e9;
    }

    private static SnapshotBuilder fourDecodes() {
        var snapshot =
                new SnapshotBuilder()
                        .costs(COSTS)
                        .adapter("hot", SnapshotBuilder.LORA, MergeRules.FREE, 1, FORTY);
        for (int i = 0; i < 4; i++) {
            snapshot.decoding("hot", 10, 10, 100);
        }
        return snapshot;
    }

    private static Forecast.Rate of(Mode mode, SnapshotBuilder snapshot) {
        var batch = Batch.of(snapshot.build().sequences());
        return new Forecast(snapshot.index(), DloraSettings.DEFAULT).of(mode, batch);
    }
}
