package org.dlora.bench.residency;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.dlora.scheduling.residency.ResidencySettings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The server's rule of eviction beside LRU and Belady's. */
class ResidencyReplayTest {
    private static final double HALF_LIFE = ResidencySettings.DEFAULT.demandHalfLife();

    @Test
    void aPopularAdapterSurvivesAScan() {
        var trace = ReplayedTraces.equal(2, 0, 0, 0, 1, 2, 3, 4, 0, 1, 2, 0);
        assertThat(new ResidencyReplay(HALF_LIFE).run(trace))
                .isEqualTo(new ReplayResult("dlora", 11, 4, 5, 7));
        assertThat(KeyedEviction.LRU.run(trace).hits()).isEqualTo(2);
        assertThat(KeyedEviction.BELADY.run(trace).hits()).isEqualTo(4);
    }

    @Test
    void aShortHalfLifeForgetsWhatWasPopular() {
        var trace = ReplayedTraces.equal(2, 0, 0, 0, 1, 2, 1, 2, 1, 2);
        assertThat(new ResidencyReplay(0.5).run(trace).hits()).isEqualTo(6);
        assertThat(new ResidencyReplay(HALF_LIFE).run(trace).hits()).isEqualTo(2);
    }

    @Test
    void anAdapterThatCannotFitIsNoHit() {
        var trace = ReplayedTraces.sized(4, new long[] {4, 5}, 0, 1, 0, 1);
        assertThat(new ResidencyReplay(HALF_LIFE).run(trace))
                .isEqualTo(new ReplayResult("dlora", 4, 1, 0, 4));
    }

    /** The margins are wide: the hit rates are 0.56 to 0.58 beside LRU's 0.46. */
    @ParameterizedTest
    @CsvSource({"0, false", "5000, false", "0, true"})
    void hasMoreHitsThanLruByZipfsLaw(int drift, boolean mixed) {
        var sizes = mixed ? List.of(1L, 2L, 4L, 8L) : List.of(1L);
        var trace = new TraceShape(1000, 50, 1, 20_000, 10, drift, sizes).trace(1);
        double ours = new ResidencyReplay(HALF_LIFE).run(trace).hitRate();
        double lru = KeyedEviction.LRU.run(trace).hitRate();
        assertThat(ours).isGreaterThan(lru + 0.04);
        assertThat(ours).isLessThan(KeyedEviction.BELADY.run(trace).hitRate());
    }
}
