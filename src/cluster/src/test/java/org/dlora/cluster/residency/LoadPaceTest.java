package org.dlora.cluster.residency;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;
import org.junit.jupiter.api.Test;

class LoadPaceTest {
    private static final long MS = 1_000_000;

    /** Nanoseconds of each sleep. */
    private final List<Long> slept = new ArrayList<>();

    private long sleptNanos;
    private long cpuTime = 5000 * MS;

    /** Processors that loads may use. */
    private double share = 0.05;

    /** Gets the number of sleeps at the end of each. */
    private IntConsumer atSleep = _ -> {};

    private LoadBudget budget = new LoadBudget(_ -> 1, () -> 0);

    /** Sleeps after which no request runs any more. */
    private int busyFor = Integer.MAX_VALUE;

    @Test
    void quietServerLoadsAtOnce() {
        busyFor = 0;
        for (var pace : List.of(pace(0), pace(1000))) {
            work(pace, 100 * MS, 1 << 20);
            assertThat(slept).isEmpty();
        }
    }

    @Test
    void loadTakesFivePercentOfAProcessorWhileRequestsRun() {
        var pace = pace(0);
        work(pace, 5 * MS, 0);
        assertSlept(95 * MS);
        work(pace, 2 * MS, 1 << 30);
        assertSlept((95 + 38) * MS);
        work(pace, 0, 1 << 30);
        assertSlept((95 + 38) * MS);
    }

    @Test
    void rateCountsTheTimeThatTheLoadTookItself() {
        var pace = pace(100_000);
        work(pace, 0, 1000);
        assertSlept(10 * MS);
        work(pace, 4 * MS, 1000);
        assertSlept((10 + 6) * MS);
        work(pace, 50 * MS, 1000);
        assertSlept((10 + 6) * MS); // The load is slower than the rate.
    }

    @Test
    void restEndsSoonAfterTheLastRequest() {
        busyFor = 3;
        work(pace(0), 1000 * MS, 0);
        assertThat(slept).containsExactly(10 * MS, 10 * MS, 10 * MS);
    }

    @Test
    void endedPaceRestsNoMore() {
        var pace = pace(1);
        work(pace, 0, 1000);
        int before = slept.size();
        assertThat(before).isBetween(100_000, 100_001);
        pace.end();
        work(pace, 0, 1000);
        assertThat(slept).hasSize(before);
    }

    @Test
    void workBesideNoRequestsIsNotMadeUpFor() {
        var pace = pace(0);
        busyFor = 0;
        work(pace, 1000 * MS, 0);
        busyFor = 100;
        work(pace, MS, 0);
        assertSlept(19 * MS);
    }

    @Test
    void largeAdaptersDoNotOverflowTheRest() {
        busyFor = 1;
        work(pace(1), 0, Long.MAX_VALUE);
        assertThat(slept).containsExactly(10 * MS);
    }

    @Test
    void loadDoesNotRestWhileAProcessorIsIdle() {
        share = 1;
        work(pace(0), 50 * MS, 0);
        assertThat(slept).isEmpty();
        share = 0.5;
        work(pace(0), 50 * MS, 0);
        assertSlept(50 * MS);
    }

    @Test
    void restIsShorterOnceProcessorsBecomeIdle() {
        var pace = pace(0);
        atSleep = sleeps -> share = sleeps == 5 ? 1 : share;
        work(pace, 5 * MS, 0);
        assertSlept(50 * MS);
    }

    @Test
    void loadsShareTheBudget() {
        var pace = pace(0);
        var other = pace;
        atSleep =
                sleeps -> {
                    if (sleeps == 1) {
                        // Another load books while this one rests.
                        atSleep = _ -> {};
                        budget.book(5 * MS, 0);
                    }
                };
        work(pace, 5 * MS, 0);
        assertSlept(95 * MS);
        work(other, 0, 0);
        assertSlept((95 + 100) * MS);
    }

    private LoadPace pace(long bytesPerSecond) {
        budget =
                new LoadBudget(
                        _ -> bytesPerSecond > 0 ? bytesPerSecond / 1e9 : share,
                        () -> cpuTime + total());
        var pace =
                new LoadPace(
                        () -> slept.size() < busyFor,
                        bytesPerSecond > 0,
                        budget,
                        () -> cpuTime,
                        this::sleep);
        int before = busyFor;
        busyFor = 0;
        pace.advanced(0); // The thread has worked on something else before.
        busyFor = before;
        return pace;
    }

    private void sleep(long nanos) {
        slept.add(nanos);
        sleptNanos += nanos;
        atSleep.accept(slept.size());
    }

    private void work(LoadPace pace, long nanos, long bytes) {
        cpuTime += nanos;
        pace.advanced(bytes);
    }

    private void assertSlept(long nanos) {
        assertThat(total()).isCloseTo(nanos, within(10L));
    }

    private long total() {
        return sleptNanos;
    }
}
