package org.dlora.console.page;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class QuantileTest {
    @Test
    void quantilesAreNearestRanks() {
        assertThat(Quantile.of(List.of(), 0.5)).isNull();
        assertThat(Quantile.of(List.of(4.0), 0.95)).isEqualTo(4.0);
        assertThat(Quantile.of(List.of(4.0, 1.0, 3.0, 2.0), 0.5)).isEqualTo(2.0);
        assertThat(Quantile.of(List.of(4.0, 1.0, 3.0, 2.0), 0.95)).isEqualTo(4.0);
    }
}
