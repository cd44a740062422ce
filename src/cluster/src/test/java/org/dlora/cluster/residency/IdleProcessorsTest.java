package org.dlora.cluster.residency;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.dlora.scheduling.residency.LoadShare;
import org.junit.jupiter.api.Test;

class IdleProcessorsTest {
    private static final long MS = 1_000_000;

    private double load = 1;
    private long now = 7;
    private final IdleProcessors idle = new IdleProcessors(() -> load, 4, () -> now);

    @Test
    void loadsHaveTheLeastShareBeforeTheFirstSample() {
        load = 0;
        now += 99 * MS;
        assertThat(idle.share(0)).isEqualTo(LoadShare.LEAST);
    }

    @Test
    void loadsUseProcessorsThatOthersLeaveIdle() {
        load = 0.5;
        now += 100 * MS;
        assertThat(idle.share(0)).isEqualTo(1.5);
        load = 1;
        now += 200 * MS;
        // Loads used one and a half of the four processors.
        assertThat(idle.share(300 * MS)).isCloseTo(1, within(1e-9));
        now += 100 * MS;
        assertThat(idle.share(300 * MS)).isEqualTo(LoadShare.LEAST);
    }

    @Test
    void oldSamplesAndUnknownLoadsCountAsBusy() {
        load = 0;
        now += 2000 * MS;
        assertThat(idle.share(0)).isEqualTo(LoadShare.LEAST);
        now += 500 * MS;
        assertThat(idle.share(0)).isEqualTo(3.5);
        for (double unknown : new double[] {-1, Double.NaN, 2}) {
            load = unknown;
            now += 500 * MS;
            assertThat(idle.share(0)).isEqualTo(LoadShare.LEAST);
        }
    }
}
