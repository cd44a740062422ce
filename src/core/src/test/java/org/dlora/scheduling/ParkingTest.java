package org.dlora.scheduling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** When the KV of a paused sequence is parked in host memory. */
class ParkingTest {
    private static final long MB = 1 << 20;
    private static final StepLimits LIMITS = new StepLimits(64, 512, 16);

    /** A row takes 0.1 ms, whatever it attends to; an empty step 1 ms. */
    private static final SyntheticCosts COSTS = new SyntheticCosts(1e-3, 1e-4, 0, 0, 0);

    /** 10 GB/s in both directions. */
    private static final HostLink BUS = new HostLink(true, 1e-4, 1e10, 1e10);

    @Test
    void kvIsParkedIfCopyingItTakesLessThanItsRows() {
        var parking = Parking.of(kv(1000, 100 * MB), BUS, 200 * MB, COSTS, LIMITS);
        assertThat(parking.isParked()).isTrue();
        assertThat(parking.copySeconds()).isCloseTo(0.0212, within(1e-4));
        assertThat(parking.recomputeSeconds()).isCloseTo(0.1, within(1e-9));
        assertThat(parking.why())
                .isEqualTo(
                        "is parked: its KV takes 0.021 s out and in again, and 0.10 s to recompute");
    }

    @Test
    void kvIsRecomputedIfItsRowsTakeLess() {
        var parking = Parking.of(kv(100, 100 * MB), BUS, 200 * MB, COSTS, LIMITS);
        assertThat(parking.isParked()).isFalse();
        assertThat(parking.why())
                .isEqualTo(
                        "is recomputed: its KV takes 0.021 s out and in again, and 0.010 s to recompute");
    }

    @Test
    void latencyCountsForShortSequences() {
        assertThat(Parking.of(kv(1, 1), BUS, MB, COSTS, LIMITS).isParked()).isFalse();
        assertThat(Parking.of(kv(3, 1), BUS, MB, COSTS, LIMITS).isParked()).isTrue();
    }

    @Test
    void nothingIsParkedWhereTheDeviceIsTheHost() {
        var parking = Parking.of(kv(100_000, 1), HostLink.NONE, MB, COSTS, LIMITS);
        assertThat(parking.isParked()).isFalse();
        assertThat(parking.why()).isEqualTo("is recomputed: the device's memory is the host's");
    }

    @Test
    void kvForWhichTheHostHasNoMemoryIsRecomputed() {
        var parking = Parking.of(kv(1000, 100 * MB), BUS, 100 * MB - 1, COSTS, LIMITS);
        assertThat(parking.isParked()).isFalse();
        assertThat(parking.why())
                .isEqualTo("is recomputed: its KV has 100.0 MB, and 100.0 MB are free on the host");
    }

    @Test
    void rowsOfALargeAdapterTakeLonger() {
        var costs = new SyntheticCosts(1e-3, 1e-5, 1e-3, 1e-10, 0);
        var lora = new LoraFacts(64, 1_000_000, 0, 0);
        var base = Parking.of(kv(1000, 100 * MB), BUS, 200 * MB, costs, LIMITS);
        var adapted =
                Parking.of(new PausedKv(0, 1000, 100 * MB, lora), BUS, 200 * MB, costs, LIMITS);
        assertThat(base.isParked()).isFalse();
        assertThat(adapted.isParked()).isTrue();
        assertThat(adapted.recomputeSeconds())
                .as("two chunks with a group each")
                .isCloseTo(1000e-5 + 2e-3 + 0.1, within(1e-9));
    }

    @Test
    void rowsBehindALongSharedPrefixTakeLonger() {
        CostModel costs = new Attention();
        var first = Parking.of(kv(600, MB), BUS, MB, costs, LIMITS);
        var later = Parking.of(new PausedKv(5000, 600, MB, LoraFacts.NONE), BUS, MB, costs, LIMITS);
        assertThat(first.recomputeSeconds()).isCloseTo(600 * 601 / 2 * 1e-6, within(1e-9));
        assertThat(later.recomputeSeconds())
                .isCloseTo(first.recomputeSeconds() + 600 * 5000 * 1e-6, within(1e-9));
    }

    /** Attended positions alone take time. */
    private record Attention() implements CostModel {
        @Override
        public double step(StepShape shape) {
            return 1e-6 * (shape.context() + shape.prefillContext());
        }

        @Override
        public double merge(LoraFacts lora) {
            return 0;
        }
    }

    @Property(tries = 500)
    void theCheaperOfBothIsChosenAndNothingElse(@ForAll long seed) {
        var random = new Random(seed);
        var kv = drawn(random);
        var link = drawnLink(random);
        long free = random.nextLong(4000 * MB);
        CostModel costs = random.nextBoolean() ? COSTS : SyntheticCosts.CPU.samples().fit();
        var parking = Parking.of(kv, link, free, costs, LIMITS);
        assertThat(parking.recomputeSeconds()).isNotNegative().isFinite();
        boolean fits = link.isApart() && kv.bytes() <= free;
        assertThat(parking.isParked())
                .isEqualTo(fits && parking.copySeconds() < parking.recomputeSeconds());
        assertThat(parking.why()).startsWith(parking.isParked() ? "is parked" : "is recomputed");
    }

    @Property(tries = 500)
    void parkedKvStaysParkedWhereCopiesAreFasterOrRowsSlower(@ForAll long seed) {
        var random = new Random(seed);
        var kv = drawn(random);
        var link = drawnLink(random);
        long free = random.nextLong(4000 * MB);
        boolean isParked = Parking.of(kv, link, free, COSTS, LIMITS).isParked();
        double more = 1 + random.nextDouble();
        var faster =
                new HostLink(link.isApart(), link.latency() / more, link.out() * more, link.in());
        var slower = new SyntheticCosts(1e-3, 1e-4 * more, 0, 0, 0);
        var longer = new PausedKv(kv.shared(), kv.own() + 1, kv.bytes(), kv.lora());
        if (isParked) {
            assertThat(Parking.of(kv, faster, free, COSTS, LIMITS).isParked()).isTrue();
            assertThat(Parking.of(kv, link, free, slower, LIMITS).isParked()).isTrue();
            assertThat(Parking.of(kv, link, Long.MAX_VALUE, COSTS, LIMITS).isParked()).isTrue();
            assertThat(Parking.of(longer, link, free, COSTS, LIMITS).isParked()).isTrue();
        }
    }

    @Test
    void ratesAndSizesAreChecked() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new HostLink(true, 0, 0, 1))
                .withMessageContaining("at 0.0 bytes/s out");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new PausedKv(0, -1, 0, LoraFacts.NONE))
                .withMessage("0 shared and -1 own tokens in 0 bytes: expected at least 0");
    }

    private static PausedKv kv(int tokens, long bytes) {
        return new PausedKv(0, tokens, bytes, LoraFacts.NONE);
    }

    private static PausedKv drawn(Random random) {
        int own = random.nextInt(4000);
        long bytes = own * random.nextLong(1, MB);
        return new PausedKv(random.nextInt(4000), own, bytes, LoraFacts.NONE);
    }

    private static HostLink drawnLink(Random random) {
        return new HostLink(
                random.nextInt(8) > 0,
                random.nextDouble() * 1e-3,
                1e9 * Math.pow(10, 2 * random.nextDouble()),
                1e9 * Math.pow(10, 2 * random.nextDouble()));
    }
}
