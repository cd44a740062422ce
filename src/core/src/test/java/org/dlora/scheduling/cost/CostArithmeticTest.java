package org.dlora.scheduling.cost;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.dlora.scheduling.LoraFacts;
import org.dlora.scheduling.StepShape;
import org.dlora.scheduling.StepShape.Group;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Features, errors, pace and least squares, with numbers by hand. */
class CostArithmeticTest {
    private static final LoraFacts LORA = new LoraFacts(8, 100, 0, 0);

    @Test
    void featuresAreTheCountsAndTheirStretches() {
        var shape =
                new StepShape(
                        60, 10, 700, 800, List.of(new Group(LORA, 1), new Group(LORA, 20)), 7, 3);
        assertThat(StepFeatures.of(shape))
                .containsExactly(
                        1, 10, 700, 800, 2, 7, 3, // counts
                        4, 12, 48, 6, 0, // 70 rows up to 4, 16, 64 and 256
                        200, 1500, 400); // elements times rows up to 1 and 16
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0, 0, 0, 0, 0",
        "4, 4, 0, 0, 0, 0",
        "5, 4, 1, 0, 0, 0",
        "16, 4, 12, 0, 0, 0",
        "64, 4, 12, 48, 0, 0",
        "256, 4, 12, 48, 192, 0",
        "300, 4, 12, 48, 192, 44"
    })
    void stretchesOfRowsEndAtTheirCounts(
            int rows, double to4, double to16, double to64, double to256, double beyond) {
        var features = StepFeatures.of(new StepShape(rows, 0, 0, 0, List.of()));
        assertThat(features).hasSize(15);
        assertThat(List.of(features[7], features[8], features[9], features[10], features[11]))
                .containsExactly(to4, to16, to64, to256, beyond);
    }

    @Test
    void quantilesAreThoseOfTheErrorsSoFar() {
        var error = CostError.NONE;
        assertThat(error.median()).isNaN();
        assertThat(error.p90()).isNaN();
        error = error.plus(0.5);
        assertThat(error.median()).isEqualTo(0.5);
        assertThat(error.p90()).isEqualTo(0.5);
        for (double next : new double[] {0.1, 0.9, 0.3, 0.7, 0.2, 0.4, 0.6, 0.8, 1.0}) {
            error = error.plus(next);
        }
        assertThat(error.count()).isEqualTo(10);
        assertThat(error.median()).isEqualTo(0.5);
        assertThat(error.p90()).isEqualTo(0.9);
        assertThat(error.plus(2).p90()).isEqualTo(1.0);
    }

    @Test
    void onlyTheLast256ErrorsCount() {
        var error = CostError.NONE;
        for (int i = 0; i < 256; i++) {
            error = error.plus(1);
        }
        for (int i = 0; i < 128; i++) {
            error = error.plus(0);
        }
        assertThat(error.count()).isEqualTo(256);
        assertThat(error.median()).isZero();
        assertThat(error.plus(1).plus(1).median()).isZero();
        for (int i = 0; i < 256; i++) {
            error = error.plus(3);
        }
        assertThat(error.median()).isEqualTo(3);
        assertThat(error.plus(5).plus(5).p90()).isEqualTo(3);
    }

    @Test
    void thePaceChangesWithTheFourthOfSevenSamples() {
        var pace = Pace.of(1);
        pace = pace.plus(2).plus(2).plus(2);
        assertThat(pace.value()).isEqualTo(1);
        assertThat(pace.plus(2).value()).isEqualTo(2);
        assertThat(pace.plus(9).value()).isEqualTo(2);
        // The first three are forgotten.
        assertThat(pace.plus(1).plus(1).plus(1).plus(1).plus(3).plus(3).plus(3).value())
                .isEqualTo(1);
        assertThat(pace.plus(1).plus(1).plus(1).plus(3).plus(3).plus(3).plus(3).value())
                .isEqualTo(3);
    }

    @Test
    void equationsAreSolvedByTheFactorsThatFit() {
        // 2x + y = 8, x + 3y = 9: x = 3, y = 2.
        var equations =
                NormalEquations.none(2)
                        .plus(1, new double[] {2, 1}, 8, 1)
                        .plus(1, new double[] {1, 3}, 9, 1);
        assertThat(equations.solve(new double[2], 1000))
                .containsExactly(new double[] {3, 2}, within(1e-4));
        assertThat(equations.solve(new double[] {50, 0}, 1000))
                .containsExactly(new double[] {3, 2}, within(1e-4));
    }

    @Test
    void factorsAreNeverNegative() {
        // x + y = 1, x - y = 3 has y = -1; with y = 0 the least squares are at x = 2.
        var equations =
                NormalEquations.none(2)
                        .plus(1, new double[] {1, 1}, 1, 1)
                        .plus(1, new double[] {1, -1}, 3, 1);
        assertThat(equations.solve(new double[2], 1000))
                .containsExactly(new double[] {2, 0}, within(1e-4));
    }

    @Test
    void weightsAndForgettingShiftTheSolution() {
        var one = new double[] {1};
        var twice = NormalEquations.none(1).plus(1, one, 1, 1).plus(1, one, 5, 3);
        assertThat(twice.solve(new double[1], 100)).containsExactly(new double[] {4}, within(1e-5));
        var forgotten = NormalEquations.none(1).plus(1, one, 1, 1).plus(0.25, one, 6, 1);
        assertThat(forgotten.solve(new double[1], 100))
                .containsExactly(new double[] {(0.25 + 6) / 1.25}, within(1e-5));
        var scaled =
                NormalEquations.none(1)
                        .plus(1, one, 1, 1)
                        .scaled(3)
                        .and(NormalEquations.none(1).plus(1, one, 5, 1));
        assertThat(scaled.solve(new double[1], 100))
                .containsExactly(new double[] {2}, within(1e-5));
    }

    @Test
    void anUndeterminedFactorStaysWhereItStarts() {
        assertThat(NormalEquations.none(1).solve(new double[] {7}, 10)).containsExactly(7);
    }
}
