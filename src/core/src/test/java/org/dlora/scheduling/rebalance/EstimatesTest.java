package org.dlora.scheduling.rebalance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.data.Percentage.withPercentage;

import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.dlora.scheduling.CostModel;
import org.dlora.scheduling.LoraFacts;
import org.dlora.scheduling.OutputLengths;
import org.dlora.scheduling.StepShape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests of the estimates of a request's rest, and of the cost of its move. */
class EstimatesTest {
    private static final int UNLIMITED = 100_000_000;

    /** A step takes a second, each row a tenth, each position attended to a thousandth. */
    private static final CostModel COSTS =
            new CostModel() {
                @Override
                public double step(StepShape shape) {
                    return 1
                            + 0.1 * shape.rows()
                            + 0.001 * (shape.context() + shape.prefillContext())
                            + 10 * shape.groups().size();
                }

                @Override
                public double merge(LoraFacts lora) {
                    return 1;
                }
            };

    @ParameterizedTest
    @ValueSource(ints = {0, 50, 200, 800})
    void aLogNormalAnswerHasLeftWhatDrawnOnesHave(int tokens) {
        var random = new Random(1);
        double sum = 0;
        int count = 0;
        for (int i = 0; i < 400_000; i++) {
            double length = Math.min(2000, 200 * Math.exp(random.nextGaussian(-0.5, 1)));
            if (length > tokens) {
                sum += length - tokens;
                count++;
            }
        }
        assertThat(new RemainingLength(200, 1).after(tokens, 2000))
                .isCloseTo(sum / count, withPercentage(2));
    }

    @Test
    void theLongerALongAnswerTheMoreIsLeft() {
        var length = new RemainingLength(200, 1);
        assertThat(length.after(0, UNLIMITED)).isCloseTo(200, within(0.01));
        assertThat(length.after(1000, UNLIMITED))
                .isGreaterThan(length.after(400, UNLIMITED))
                .isLessThan(length.after(10_000, UNLIMITED));
    }

    @Property(seed = "20261127")
    void betweenOneTokenAndTheLimitAreLeft(
            @ForAll @DoubleRange(min = 1, max = 5000) double mean,
            @ForAll @DoubleRange(min = 0.05, max = 3) double spread,
            @ForAll @IntRange(max = 100_000) int tokens,
            @ForAll @IntRange(min = 1, max = 100_000) int more) {
        assertThat(new RemainingLength(mean, spread).after(tokens, tokens + more))
                .isBetween(1.0, (double) more);
    }

    @Test
    void nothingIsLeftAtTheLimit() {
        assertThat(new RemainingLength(200, 1).after(64, 64)).isZero();
    }

    @Test
    void theMeanIsThatOfTheAnswersSeen() {
        var seen = OutputLengths.NONE.plus(30).plus(30);
        assertThat(RemainingLength.of(seen, 64).mean()).isCloseTo(30, within(1e-9));
        assertThat(RemainingLength.of(OutputLengths.NONE, 64).mean()).isEqualTo(64);
    }

    @Test
    void lengthsWithoutAMeanAreRefused() {
        assertThatThrownBy(() -> new RemainingLength(0, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("0.0 tokens");
    }

    @Test
    void sendingTakesBytesOverBandwidth() {
        assertThat(MoveCost.sending(3_000, 1_000, 0.5)).isEqualTo(3.5);
        assertThat(MoveCost.sending(0, 1_000, 0.5)).isZero();
    }

    @Test
    void recomputingTakesFullStepsAndARest() {
        double seconds = MoveCost.recomputing(COSTS, 9, 4, LoraFacts.NONE);
        assertThat(seconds).isCloseTo(3 + 0.9 + 0.001 * 45, within(1e-12));
        assertThat(MoveCost.recomputing(COSTS, 0, 4, LoraFacts.NONE)).isZero();
    }

    @Test
    void recomputingRunsTheAdaptersTerms() {
        var lora = new LoraFacts(8, 100, 100, 100);
        assertThat(MoveCost.recomputing(COSTS, 4, 4, lora))
                .isCloseTo(10 + 1 + 0.4 + 0.01, within(1e-12));
    }

    @Test
    void theCheaperWayIsTaken() {
        assertThat(new MoveCost(1, 2).kind()).isEqualTo(MoveKind.SEND);
        assertThat(new MoveCost(2, 1).kind()).isEqualTo(MoveKind.RECOMPUTE);
        assertThat(MoveCost.FREE.kind()).isEqualTo(MoveKind.RECOMPUTE);
        assertThat(new MoveCost(Double.POSITIVE_INFINITY, 3).seconds()).isEqualTo(3);
    }

    @Test
    void aStepsSecondsAreSharedByItsRows() {
        var pace =
                TokenPace.of(
                        COSTS,
                        new StepShape(0, 10, 0, 0, List.of()),
                        new StepShape(100, 0, 0, 0, List.of()));
        assertThat(pace.output()).isCloseTo(0.2, within(1e-12));
        assertThat(pace.prompt()).isCloseTo(0.11, within(1e-12));
        assertThat(pace.service(10, 100)).isCloseTo(13, within(1e-12));
    }

    @Test
    void aStepWithoutRowsHasNoPace() {
        var none = new StepShape(0, 0, 0, 0, List.of());
        assertThatThrownBy(() -> TokenPace.of(COSTS, none, none))
                .hasMessageContaining("at least 1 row");
    }
}
