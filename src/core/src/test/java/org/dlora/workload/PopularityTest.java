package org.dlora.workload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PopularityTest {

    @Test
    void zipfsFirstModelIsTwiceAsPopularAsItsSecond() {
        var zipf = Popularity.zipf(4, 1);

        assertThat(zipf.share(0)).isCloseTo(12 / 25.0, within(1e-12));
        assertThat(zipf.share(1)).isCloseTo(6 / 25.0, within(1e-12));
        assertThat(zipf.share(2)).isCloseTo(4 / 25.0, within(1e-12));
        assertThat(zipf.share(3)).isCloseTo(3 / 25.0, within(1e-12));
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "8, 0", "64, 1", "128, 0.9"})
    void drawsModelsByTheirShares(int models, double exponent) {
        var popularity = Popularity.zipf(models, exponent);
        var random = new SplittableRandom(3);
        var drawn = new int[models];
        int draws = 100_000;
        for (int i = 0; i < draws; i++) {
            drawn[popularity.next(random)]++;
        }

        for (int i = 0; i < models; i++) {
            assertThat(drawn[i] / (double) draws).isCloseTo(popularity.share(i), within(0.006));
        }
    }

    @Test
    void exponentZeroIsUniform() {
        var uniform = Popularity.zipf(8, 0);

        assertThat(uniform.share(0)).isCloseTo(1 / 8.0, within(1e-12));
        assertThat(uniform.share(7)).isCloseTo(1 / 8.0, within(1e-12));
    }

    @Test
    void hotModelIsRequestedTheGivenTimesAsOften() {
        var hot = Popularity.hot(5, 100);

        assertThat(hot.share(0)).isCloseTo(100 / 104.0, within(1e-12));
        assertThat(hot.share(4)).isCloseTo(1 / 104.0, within(1e-12));
    }

    @ParameterizedTest
    @CsvSource({"0, 1", "4, 0", "4, -1", "4, NaN", "4, Infinity"})
    void refusesANonPositiveHotFactor(int models, double times) {
        assertThatThrownBy(() -> Popularity.hot(models, times))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("a number above 0");
    }

    @ParameterizedTest
    @CsvSource({"0, 1", "4, -1", "4, NaN", "4, Infinity"})
    void refusesNoModelsAndNegativeExponents(int models, double exponent) {
        assertThatThrownBy(() -> Popularity.zipf(models, exponent))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("at least 1 model");
    }
}
