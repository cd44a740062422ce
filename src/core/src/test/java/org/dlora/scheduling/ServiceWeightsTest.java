package org.dlora.scheduling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ServiceWeightsTest {
    @Test
    void unnamedModelsWeighOne() {
        var weights = new ServiceWeights(Map.of("sql", 2.0, "", 0.5));

        assertThat(weights.of("sql")).isEqualTo(2);
        assertThat(weights.of("")).isEqualTo(0.5);
        assertThat(weights.of("other")).isOne();
    }

    @Test
    void aChangeConcernsOnlyNamedModels() {
        var weights = new ServiceWeights(Map.of("sql", 2.0, "bee", 3.0));

        assertThat(weights.with(Map.of("bee", 1.0, "ant", 4.0)).byName())
                .isEqualTo(Map.of("sql", 2.0, "ant", 4.0));
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, -1, 0.001, 101, Double.NaN, Double.POSITIVE_INFINITY})
    void refusesWeightsThatLeaveOthersWaitingWithoutEnd(double weight) {
        assertThatThrownBy(() -> new ServiceWeights(Map.of("sql", weight)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'sql' is " + weight);
    }
}
