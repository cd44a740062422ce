package org.dlora.scheduling.residency;

import static org.assertj.core.api.Assertions.assertThat;
import static org.dlora.scheduling.residency.ResidencySketch.NOW;

import org.junit.jupiter.api.Test;

/** Tests of the times at which time alone can change the plan. */
class NextChangeTest {
    @Test
    void nothingChangesWhileNobodyWaits() {
        assertThat(next(new ResidencySketch(1).idle("a", 4, 1, 0.5))).isInfinite();
    }

    @Test
    void aRequestBecomesOverdue() {
        assertThat(next(new ResidencySketch(1).inUse("a", 4, 1, 0.5).waiting("new", 4, 2)))
                .isEqualTo(NOW + 3);
        assertThat(next(new ResidencySketch(1).inUse("a", 4, 1).waiting("new", 4, 5))).isInfinite();
    }

    @Test
    void anIdleAdapterIsNoLongerFresh() {
        assertThat(next(new ResidencySketch(1).idle("a", 4, 1, 0.75).waiting("new", 4, 2)))
                .isEqualTo(NOW + 0.25);
        assertThat(next(new ResidencySketch(1).idle("a", 4, 1, 0.75).pinnedAbsent("pinned", 4)))
                .isEqualTo(NOW + 0.25);
    }

    private static double next(ResidencySketch memory) {
        return new CostAwareResidency().nextChange(memory.snapshot());
    }
}
