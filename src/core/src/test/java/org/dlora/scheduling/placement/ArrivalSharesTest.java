package org.dlora.scheduling.placement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import java.util.stream.IntStream;
import org.dlora.scheduling.AdapterRef;
import org.dlora.workload.Popularity;
import org.junit.jupiter.api.Test;

class ArrivalSharesTest {
    private static final AdapterRef SQL = AdapterRef.of("sql");
    private static final AdapterRef UPPER = AdapterRef.of("upper");

    private final ArrivalShares shares = new ArrivalShares(100);

    @Test
    void sharesAreThoseOfRealArrivals() {
        var random = new Random(1);
        var popularity = Popularity.zipf(4, 1);
        for (int i = 0; i < 3000; i++) {
            shares.arrived(AdapterRef.of("a" + popularity.next(random)));
        }
        for (int i = 0; i < 4; i++) {
            assertThat(shares.share(AdapterRef.of("a" + i)))
                    .isCloseTo(popularity.share(i), within(0.08));
        }
        double sum =
                IntStream.range(0, 4).mapToDouble(i -> shares.share(AdapterRef.of("a" + i))).sum();
        assertThat(sum).isCloseTo(1, within(1e-9));
    }

    @Test
    void arrivalCountsHalfAfterTheHalfLife() {
        arrive(SQL, 1000);
        arrive(UPPER, 100);
        assertThat(shares.share(SQL)).isCloseTo(0.5, within(0.01));
        arrive(UPPER, 100);
        assertThat(shares.share(SQL)).isCloseTo(0.25, within(0.01));
    }

    @Test
    void baseModelHasAShareToo() {
        arrive(AdapterRef.base(), 500);
        arrive(SQL, 1);
        assertThat(shares.share(AdapterRef.base())).isGreaterThan(0.98);
    }

    @Test
    void fewArrivalsSayLittle() {
        arrive(SQL, 1);
        assertThat(shares.share(SQL)).isCloseTo(1 / 32.0, within(1e-9));
        assertThat(shares.share(UPPER)).isZero();
    }

    @Test
    void forgottenAdapterHasNoShare() {
        arrive(SQL, 500);
        arrive(UPPER, 100);
        double before = shares.share(UPPER);
        shares.forget(SQL);
        assertThat(shares.share(SQL)).isZero();
        assertThat(shares.share(UPPER)).isEqualTo(before);
    }

    @Test
    void adapterThatNobodyAsksForIsForgottenInTheEnd() {
        arrive(SQL, 1);
        arrive(UPPER, 2000);
        assertThat(shares.share(SQL)).isZero();
    }

    @Test
    void halfLifeHasToBePositive() {
        assertThatThrownBy(() -> new ArrivalShares(0)).hasMessageContaining("0.0 requests");
    }

    private void arrive(AdapterRef model, int times) {
        for (int i = 0; i < times; i++) {
            shares.arrived(model);
        }
    }
}
