package org.dlora.security.users;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class TryBucketsTest {
    private final AdjustableClock clock = new AdjustableClock(Instant.EPOCH.plusSeconds(1000));
    private final TryBuckets buckets = new TryBuckets(3, Duration.ofMinutes(1), 10, clock);

    private int takeAll(String name) {
        int taken = 0;
        while (buckets.wait(name).isEmpty()) {
            buckets.take(name);
            taken++;
        }
        return taken;
    }

    @Test
    void triesComeBackOneByOne() {
        assertThat(takeAll("a")).isEqualTo(3);
        assertThat(buckets.wait("a")).hasValue(Duration.ofMinutes(1));
        clock.pass(Duration.ofSeconds(59));
        assertThat(buckets.wait("a")).hasValue(Duration.ofSeconds(1));
        clock.pass(Duration.ofSeconds(1));
        assertThat(takeAll("a")).isEqualTo(1);
        clock.pass(Duration.ofHours(1));
        assertThat(takeAll("a")).isEqualTo(3);
        assertThat(takeAll("b")).isEqualTo(3);
    }

    @Test
    void aLockOutIsReportedOnce() {
        assertThat(buckets.lockOut("a")).isEmpty();
        takeAll("a");
        var now = clock.instant();
        assertThat(buckets.lockOut("a")).hasValue(now.plusSeconds(60));
        assertThat(buckets.lockOut("a")).isEmpty();
        clock.pass(Duration.ofSeconds(59));
        assertThat(buckets.lockOut("a")).isEmpty();
        clock.pass(Duration.ofSeconds(1));
        assertThat(buckets.lockOut("a")).as("a try has come back").isEmpty();
        takeAll("a");
        assertThat(buckets.lockOut("a")).hasValue(now.plusSeconds(120));
        buckets.giveBack("a");
        assertThat(buckets.lockOut("a")).isEmpty();
        takeAll("a");
        assertThat(buckets.lockOut("a")).hasValue(now.plusSeconds(120));
        buckets.reset("a");
        takeAll("a");
        assertThat(buckets.lockOut("a")).isPresent();
    }

    @Test
    void aTryThatIsGivenBackCountsAgain() {
        takeAll("a");
        buckets.giveBack("a");
        assertThat(takeAll("a")).isEqualTo(1);
        buckets.reset("a");
        assertThat(takeAll("a")).isEqualTo(3);
        buckets.giveBack("never seen");
        assertThat(takeAll("never seen")).isEqualTo(3);
    }

    @Test
    void memoryIsBounded() {
        takeAll("emptied");
        for (int i = 0; i < 100; i++) {
            buckets.take("other " + i);
        }
        assertThat(buckets.size()).isLessThanOrEqualTo(10);
        assertThat(buckets.wait("emptied")).as("what is emptiest is kept").isPresent();
        clock.pass(Duration.ofHours(1));
        buckets.take("later");
        for (int i = 0; i < 10; i++) {
            buckets.take("later " + i);
        }
        assertThat(buckets.size()).isLessThanOrEqualTo(10);
    }

    @Test
    void memoryOfLockOutsIsBounded() {
        for (int i = 0; i < 100; i++) {
            for (int taken = 0; taken < 3; taken++) {
                buckets.take("a" + i);
            }
            var _ = buckets.lockOut("a" + i);
        }
        assertThat(buckets.size()).isLessThanOrEqualTo(10);
    }
}
