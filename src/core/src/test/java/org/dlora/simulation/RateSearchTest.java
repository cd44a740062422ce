package org.dlora.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.dlora.workload.Distribution;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The search for the highest sustained rate. */
class RateSearchTest {
    /** A cluster whose latency grows with the rate, and is 0.5 s at {@code capacity}. */
    private static RateSearch search(double capacity) {
        return new RateSearch(
                rate ->
                        new RunReport(
                                Arm.STATIC,
                                rate,
                                1,
                                1,
                                Distribution.of(0.5 * rate / capacity),
                                1,
                                0,
                                0,
                                0,
                                0),
                0.5);
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.3, 1, 3.9, 4, 4.1, 17, 300})
    void findsTheCapacityFromBelow(double capacity) {
        double found = search(capacity).sustained(4);
        assertThat(found).isLessThanOrEqualTo(capacity);
        assertThat(found).isCloseTo(capacity, within(0.05 * capacity));
    }

    @Test
    void nothingIsSustainedWhereTheSlowestRateIsTooFast() {
        assertThat(search(1e-6).sustained(4)).isZero();
    }

    @Test
    void aRateIsRunOnce() {
        var search = search(4);
        var run = search.at(4);
        search.sustained(4);
        assertThat(search.runs().get(4.0)).isSameAs(run);
    }
}
