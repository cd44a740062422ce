package org.dlora.bench.residency;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TraceShapeTest {
    @Test
    void theSameSeedGivesTheSameTrace() {
        var shape = new TraceShape(20, 5, 1, 100, 10, 30, List.of(1L, 3L));
        assertThat(shape.trace(1)).usingRecursiveComparison().isEqualTo(shape.trace(1));
        assertThat(shape.trace(1).requests()).isNotEqualTo(shape.trace(2).requests());
    }

    @Test
    void theMemoryHoldsAsManyAdaptersOfMeanSize() {
        var trace = new TraceShape(40, 10, 1, 1, 10, 0, List.of(1L, 5L)).trace(1);
        assertThat(trace.budget()).isEqualTo(Math.round(Arrays.stream(trace.bytes()).sum() / 4.0));
    }

    @Test
    void aDriftDealsThePopularitiesAnew() {
        var requests = new TraceShape(10, 5, 20, 300, 10, 100, List.of(1L)).trace(1).requests();
        assertThat(Arrays.stream(requests, 0, 100).distinct()).hasSize(1);
        assertThat(Arrays.stream(requests).distinct().count()).isGreaterThan(1);
    }

    @ParameterizedTest
    @CsvSource({
        "0, 1, 1, 1, 0, 1",
        "1, 0, 1, 1, 0, 1",
        "1, 1, 0, 1, 0, 1",
        "1, 1, 1, 0, 0, 1",
        "1, 1, 1, NaN, 0, 1",
        "1, 1, 1, 1, -1, 1",
        "1, 1, 1, 1, 0, 0"
    })
    void shapesBelowTheirMinimaAreRefused(
            int adapters, int resident, int requests, double rate, int drift, long size) {
        assertThatThrownBy(() ->
                        new TraceShape(adapters, resident, 1, requests, rate, drift, List.of(size)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("expected at least");
    }
}
