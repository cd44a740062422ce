package org.dlora.workload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LengthsTest {
    private final SplittableRandom random = new SplittableRandom(4);

    @Test
    void spreadZeroDrawsTheMean() {
        assertThat(draw(new Lengths(128, 0, 4, 1024), 100)).containsOnly(128);
    }

    @ParameterizedTest
    @CsvSource({"128, 0.3", "128, 0.6", "2000, 0.6"})
    void spreadKeepsTheMean(int mean, double spread) {
        int[] lengths = draw(new Lengths(mean, spread, 1, 100 * mean), 100_000);

        assertThat(IntStream.of(lengths).average().orElseThrow())
                .isCloseTo(mean, within(0.01 * mean));
        double spreadOfLogs =
                Math.sqrt(
                        IntStream.of(lengths)
                                .mapToDouble(Math::log)
                                .map(log -> log - Math.log(mean) + spread * spread / 2)
                                .map(deviation -> deviation * deviation)
                                .average()
                                .orElseThrow());
        assertThat(spreadOfLogs).isCloseTo(spread, within(0.01));
    }

    @Test
    void drawsWithinTheBounds() {
        int[] lengths = draw(new Lengths(16, 2, 4, 128), 10_000);

        assertThat(IntStream.of(lengths).min()).hasValue(4);
        assertThat(IntStream.of(lengths).max()).hasValue(128);
    }

    @ParameterizedTest
    @CsvSource({"0, 0, 1, 1", "8, -1, 1, 64", "8, NaN, 1, 64", "8, 0, 0, 64", "8, 0, 9, 8"})
    void refusesBoundsWithoutLengths(int mean, double spread, int low, int high) {
        assertThatThrownBy(() -> new Lengths(mean, spread, low, high))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("lengths with mean " + mean);
    }

    private int[] draw(Lengths lengths, int count) {
        return IntStream.range(0, count).map(_ -> lengths.next(random)).toArray();
    }
}
