package org.dlora.cluster.supervision;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BackoffTest {
    @Test
    void pausesDoubleUpToAMinute() {
        assertThat(IntStream.rangeClosed(1, 9).mapToDouble(Backoff.DEFAULT::pause).toArray())
                .containsExactly(1, 2, 4, 8, 16, 32, 60, 60, 60);
        assertThat(Backoff.DEFAULT.pause(100_000)).isEqualTo(60);
    }
}
