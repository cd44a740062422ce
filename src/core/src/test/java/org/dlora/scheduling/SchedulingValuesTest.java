package org.dlora.scheduling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.Set;
import org.dlora.scheduling.credit.CreditConstants;
import org.dlora.scheduling.credit.IterationTimes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Values of a snapshot: what they derive, and what they refuse to be. */
class SchedulingValuesTest {
    private static final Mode HOT = Mode.merged("hot");

    @Test
    void laterAnswersWeighMore() {
        assertThat(OutputLengths.NONE.mean(64)).isEqualTo(64);
        var lengths = OutputLengths.NONE.plus(0);
        assertThat(lengths.mean(64)).isZero();
        lengths = lengths.plus(10).plus(30);
        // 0, 10 and 30 with weights 0.95², 0.95 and 1.
        assertThat(lengths.mean(64)).isEqualTo((9.5 + 30) / (0.9025 + 0.95 + 1), within(1e-12));
    }

    @Test
    void unbuiltWeightsAreStillToBeBuilt() {
        var view =
                new MergeView(
                        HOT, Set.of("hot"), new MergeView.Build("cold", 0.25), 0.5, Long.MAX_VALUE);
        assertThat(view.remaining(Mode.unmerged())).isZero();
        assertThat(view.remaining(HOT)).isZero();
        assertThat(view.remaining(Mode.merged("cold"))).isEqualTo(0.75);
        assertThat(view.remaining(Mode.merged("other"))).isEqualTo(1);
        assertThat(view.isReady(Mode.unmerged())).isTrue();
        assertThat(view.isReady(Mode.merged("cold"))).isFalse();
    }

    @Test
    void theModeInEffectIsReady() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new MergeView(HOT, Set.of("cold"), null, 1, 0))
                .withMessage("merged(hot), whose weights are not ready: [cold]");
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, -0.1, 1.01, Double.NaN})
    void buildsGetAShareOfTheTime(double share) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new MergeView(Mode.unmerged(), Set.of(), null, share, 0))
                .withMessage("Building gets a share of the time, not " + share);
    }

    @Test
    void aBuildIsNeverDone() {
        assertThatCode(() -> new MergeView.Build("hot", 0)).doesNotThrowAnyException();
        for (double progress : new double[] {-0.1, 1, Double.NaN}) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> new MergeView.Build("hot", progress))
                    .withMessageContaining("A build of hot is between 0 and 1");
        }
    }

    @ParameterizedTest
    @CsvSource({"2, 3, 0", "2, -1, 0", "2, 1, -1"})
    void aBacklogCountsAtLeastTheRunningRequests(int unfinished, int running, long tokens) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Backlog(unfinished, running, tokens));
    }

    @ParameterizedTest
    @CsvSource({"0, 1, 1", "1, 0, 1", "1, 1, 0"})
    void aStepHasRoomForSomething(int maxBatch, int maxTokens, int blockTokens) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new StepLimits(maxBatch, maxTokens, blockTokens))
                .withMessageEndingWith(
                        "not %d, %d and %d".formatted(maxBatch, maxTokens, blockTokens));
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "1, 1", "16, 1", "17, 2", "32, 2"})
    void positionsFillBlocks(int tokens, int blocks) {
        assertThat(new StepLimits(1, 1, 16).blocksFor(tokens)).isEqualTo(blocks);
    }

    @ParameterizedTest
    @CsvSource({"0, 1", "1, 0", "-1, 1", "NaN, 1", "1, NaN"})
    void limitsOfTimeAreAboveZero(double ttft, double tpot) {
        assertThatIllegalArgumentException().isThrownBy(() -> new SloLimits(ttft, tpot));
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, -1, Double.NaN})
    void weightsAreAboveZero(double weight) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> AdapterView.base(weight, Backlog.NONE, OutputLengths.NONE))
                .withMessage("The weight of the base model is above 0, not " + weight);
    }

    @Test
    void theBaseModelIsNeverMerged() {
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        new AdapterView(
                                AdapterRef.base(),
                                LoraFacts.NONE,
                                MergeRules.FREE,
                                1,
                                Backlog.NONE,
                                OutputLengths.NONE))
                .withMessage("The base model cannot be merged into itself");
        assertThat(Mode.merged(AdapterRef.base())).isEqualTo(Mode.unmerged());
        assertThat(Mode.unmerged().isMerged(AdapterRef.base())).isFalse();
        assertThat(HOT.isMerged(AdapterRef.base())).isFalse();
        assertThat(HOT.isMerged(AdapterRef.of("hot"))).isTrue();
        assertThat(HOT.isMerged(AdapterRef.of("cold"))).isFalse();
    }

    @Test
    void aCachedPrefixIsNotRunAndItsHeldBlocksAreNotTaken() {
        // 100 tokens, of which 48 are cached; two of their three blocks are held by others.
        var view = view(100, 0, 0, 48, 2, 100);
        assertThat(view.start()).isEqualTo(48);
        assertThat(view.pending()).isEqualTo(52);
        assertThat(view.blocksToNextToken(new StepLimits(1, 1, 16))).isEqualTo(7 - 2);
        // The next token begins a block.
        assertThat(view(96, 90, 6, 0, 0, 96).blocksToNextToken(new StepLimits(1, 1, 16)))
                .isEqualTo(1);
        assertThat(view(95, 90, 9, 0, 0, 95).blocksToNextToken(new StepLimits(1, 1, 16))).isZero();
    }

    @Test
    void logProbabilitiesOfAPromptBoundItsRows() {
        var view = view(100, 0, 0, 0, 0, 10);
        assertThat(view.runnable()).isEqualTo(10 + 32);
        assertThat(view.promptLogits(10)).isZero();
        assertThat(view.promptLogits(13)).isEqualTo(3);
        assertThat(view(30, 0, 0, 0, 0, 10).runnable()).isEqualTo(30);
    }

    @Test
    void creditsScaleWithTheAdapters() {
        var times = new IterationTimes(0.02, 0.03, 0.5, 1);
        var constants = CreditConstants.artifact(5, 8, 0.5, times);
        assertThat(constants.thetaHigh()).isEqualTo(50_000);
        assertThat(constants.thetaLow()).isEqualTo(45_000);
        assertThat(CreditConstants.firstCredit(5)).isEqualTo(40_000);
        assertThat(constants.mergeCredit()).isEqualTo(1 / (0.5 * 8));
        assertThat(constants.starvingCredit()).isEqualTo(1 / 8.0);
        assertThat(constants.merged()).isEqualTo(0.02);
        assertThat(constants.unmerged()).isEqualTo(0.03);
        assertThat(constants.change()).isEqualTo(0.5);
    }

    @Test
    void iterationsAreJudgedByTheirMean() {
        var sum = new IterationTimes(1, 2, 3, 1).plus(new IterationTimes(3, 6, 9, 3));
        assertThat(sum.mean()).isEqualTo(new IterationTimes(1, 2, 3, 1));
    }

    private static SequenceView view(
            int tokens, int computed, int blocks, int prefix, int heldPrefixBlocks, int plainRows) {
        return new SequenceView(
                1,
                AdapterRef.base(),
                1,
                tokens,
                computed,
                blocks,
                blocks,
                blocks,
                prefix,
                heldPrefixBlocks,
                plainRows,
                SequenceRequest.UNKNOWN);
    }
}
