package org.dlora.workload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class DistributionTest {

    /**
     * Python's {@code statistics.quantiles(values, n=100, method="inclusive")} gives these values.
     */
    @Test
    void percentilesLieBetweenTheNearestValues() {
        var distribution = Distribution.of(3.0, 1.0, 4.0, 1.5, 9.0, 2.6);

        assertThat(distribution.mean()).isCloseTo(3.5166666666666666, within(1e-12));
        assertThat(distribution.p50()).isCloseTo(2.8, within(1e-12));
        assertThat(distribution.p90()).isCloseTo(6.5, within(1e-12));
        assertThat(distribution.p99()).isCloseTo(8.75, within(1e-12));
    }

    @Test
    void percentilesOf101ValuesAreValues() {
        var distribution =
                Distribution.of(IntStream.rangeClosed(0, 100).asDoubleStream().toArray());

        assertThat(distribution.p50()).isCloseTo(50, within(1e-9));
        assertThat(distribution.p90()).isCloseTo(90, within(1e-9));
        assertThat(distribution.p99()).isCloseTo(99, within(1e-9));
    }

    @Test
    void oneValueIsEveryPercentile() {
        assertThat(Distribution.of(7)).isEqualTo(new Distribution(7, 7, 7, 7));
    }

    @Test
    void refusesNoValues() {
        assertThatThrownBy(Distribution::of).isInstanceOf(IllegalArgumentException.class);
    }
}
