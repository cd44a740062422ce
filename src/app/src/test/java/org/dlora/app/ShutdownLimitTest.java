package org.dlora.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ShutdownLimitTest {
    private final List<String> ends = new ArrayList<>();

    @Test
    void aShutdownThatHangsEndsTheProcessWithALine() {
        new ShutdownLimit(Duration.ZERO, ends::add).await();
        assertThat(ends).singleElement().asString().contains("within 0 s").doesNotContain("\n");
    }

    @Test
    void aShutdownThatHasEndedIsLeftAlone() {
        var limit = new ShutdownLimit(Duration.ofDays(1), ends::add);
        limit.closed();
        limit.await();
        assertThat(ends).isEmpty();
    }
}
