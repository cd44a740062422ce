package org.dlora.scheduling.residency;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class LoadCostsTest {
    @Test
    void copiesAndPackedFilesAreTriedFirst() {
        assertThat(LoadCosts.INITIAL.fastest(EnumSet.allOf(LoadSource.class)))
                .isEqualTo(LoadSource.MEMORY);
        assertThat(LoadCosts.INITIAL.fastest(Set.of(LoadSource.FILE, LoadSource.PACKED)))
                .isEqualTo(LoadSource.PACKED);
    }

    @Test
    void theFastestSourceFollowsMeasurements() {
        var costs = LoadCosts.INITIAL;
        for (int i = 0; i < 20; i++) {
            costs = costs.measured(LoadSource.MEMORY, 1000, 1);
        }
        assertThat(costs.fastest(EnumSet.allOf(LoadSource.class))).isEqualTo(LoadSource.PACKED);
        for (int i = 0; i < 40; i++) {
            costs = costs.measured(LoadSource.MEMORY, 1_000_000_000, 0.1);
        }
        assertThat(costs.fastest(EnumSet.allOf(LoadSource.class))).isEqualTo(LoadSource.MEMORY);
    }

    @Test
    void loadsLeaveHalfAProcessorAndHaveAtLeastATwentieth() {
        assertThat(LoadShare.of(0)).isEqualTo(0.05);
        assertThat(LoadShare.of(0.5)).isEqualTo(0.05);
        assertThat(LoadShare.of(1.5)).isEqualTo(1);
        assertThat(LoadShare.of(Double.NaN)).isEqualTo(0.05);
    }
}
