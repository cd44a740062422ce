package org.dlora.cluster.residency;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LoadPaceTest {
    private static final long MS = 1_000_000;

    /** Nanoseconds of each sleep. */
    private final List<Long> slept = new ArrayList<>();

    private long cpuTime = 5000 * MS;

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
        assertThat(total()).isEqualTo(95 * MS);
        work(pace, 2 * MS, 1 << 30);
        assertThat(total()).isEqualTo((95 + 38) * MS);
        work(pace, 0, 1 << 30);
        assertThat(total()).isEqualTo((95 + 38) * MS);
    }

    @Test
    void rateCountsTheTimeThatTheLoadTookItself() {
        var pace = pace(100_000);
        work(pace, 0, 1000);
        assertThat(total()).isEqualTo(10 * MS);
        work(pace, 4 * MS, 1000);
        assertThat(total()).isEqualTo((10 + 6) * MS);
        work(pace, 50 * MS, 1000);
        assertThat(total()).as("it is slower than the rate").isEqualTo((10 + 6) * MS);
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
        assertThat(before).isEqualTo(100_000);
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
        assertThat(slept).containsExactly(10 * MS, 9 * MS);
    }

    @Test
    void largeAdaptersDoNotOverflowTheRest() {
        busyFor = 1;
        work(pace(1), 0, Long.MAX_VALUE);
        assertThat(slept).containsExactly(10 * MS);
    }

    private LoadPace pace(long bytesPerSecond) {
        var pace =
                new LoadPace(
                        () -> slept.size() < busyFor, bytesPerSecond, () -> cpuTime, slept::add);
        int before = busyFor;
        busyFor = 0;
        pace.advanced(0); // The thread has worked on something else before.
        busyFor = before;
        return pace;
    }

    private void work(LoadPace pace, long nanos, long bytes) {
        cpuTime += nanos;
        pace.advanced(bytes);
    }

    private long total() {
        return slept.stream().mapToLong(Long::longValue).sum();
    }
}
