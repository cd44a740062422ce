package org.dlora.catalogue.history;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.time.InstantSource;
import java.util.Random;
import org.junit.jupiter.api.Test;

class HistoryKeyTest {
    private static final Instant NOW = Instant.parse("2026-11-27T17:00:00Z");

    private final HistoryKey keys = new HistoryKey(InstantSource.fixed(NOW), new Random(1));

    @Test
    void keysRiseAndHaveTheirTime() {
        long first = keys.next();
        assertThat(keys.next()).isGreaterThan(first);
        assertThat(HistoryKey.time(first)).isEqualTo(NOW);
        assertThat(HistoryKey.least(NOW)).isLessThanOrEqualTo(first);
        assertThat(HistoryKey.least(NOW.plusMillis(1))).isGreaterThan(first);
    }

    @Test
    void timesBeyondAllKeysEncloseThem() {
        long key = keys.next();
        for (var early : new String[] {"0001-01-01T00:00:00Z", "1969-12-31T23:59:59Z"}) {
            assertThat(HistoryKey.least(Instant.parse(early))).isZero();
        }
        for (var late : new String[] {"2300-01-01T00:00:00Z", "9999-12-31T23:59:59Z"}) {
            assertThat(HistoryKey.least(Instant.parse(late))).isGreaterThan(key);
        }
    }
}
