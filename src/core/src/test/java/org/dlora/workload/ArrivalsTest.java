package org.dlora.workload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ArrivalsTest {
    private static final int COUNT = 50_000;

    @ParameterizedTest
    @ValueSource(doubles = {0.5, 4, 300})
    void poissonGapsAreExponential(double rate) {
        double[] gaps = gaps(Arrivals.poisson(rate, new SplittableRandom(1)));

        double mean = DoubleStream.of(gaps).average().orElseThrow();
        double variance =
                DoubleStream.of(gaps)
                        .map(gap -> (gap - mean) * (gap - mean))
                        .average()
                        .orElseThrow();
        // The standard deviation of an exponential gap is its mean, and 1 gap of e is longer than
        // the mean.
        assertThat(mean * rate).isCloseTo(1, within(0.02));
        assertThat(Math.sqrt(variance) * rate).isCloseTo(1, within(0.03));
        assertThat(DoubleStream.of(gaps).filter(gap -> gap > mean).count() / (double) COUNT)
                .isCloseTo(1 / Math.E, within(0.01));
    }

    @Test
    void successiveGapsAreIndependent() {
        double[] gaps = gaps(Arrivals.poisson(1, new SplittableRandom(2)));

        double product = 0;
        for (int i = 1; i < gaps.length; i++) {
            product += (gaps[i - 1] - 1) * (gaps[i] - 1);
        }
        assertThat(product / gaps.length).isCloseTo(0, within(0.02));
    }

    @Test
    void rateZeroArrivesAllAtTheStart() {
        assertThat(gaps(Arrivals.poisson(0, new SplittableRandom(1)))).containsOnly(0);
    }

    @ParameterizedTest
    @ValueSource(doubles = {-1, Double.NaN, Double.POSITIVE_INFINITY})
    void refusesANegativeOrInfiniteRate(double rate) {
        assertThatThrownBy(() -> Arrivals.poisson(rate, new SplittableRandom(1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("rate is");
    }

    private static double[] gaps(Arrivals arrivals) {
        var gaps = new double[COUNT];
        double last = 0;
        for (int i = 0; i < COUNT; i++) {
            double next = arrivals.next();
            gaps[i] = next - last;
            last = next;
        }
        return gaps;
    }
}
