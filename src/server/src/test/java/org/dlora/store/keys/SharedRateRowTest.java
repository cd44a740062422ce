package org.dlora.store.keys;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** A shared bucket by the database's clock. */
class SharedRateRowTest {
    private static final Instant NOW = Instant.parse("2026-01-30T12:00:00Z");

    private final SharedRateRow row =
            SharedRateRow.full(new SharedRateKey("key:k", "tokens"), 60, NOW);

    @Test
    void bucketFillsEvenlyUpToItsLimit() {
        row.level = 0;
        row.fill(NOW.plusSeconds(20));
        assertThat(row.level).isEqualTo(20);
        row.fill(NOW.plusSeconds(30));
        assertThat(row.level).isEqualTo(30);
        row.fill(NOW.plus(Duration.ofHours(1)));
        assertThat(row.level).isEqualTo(60);
    }

    /** Else a caller would get nothing until the clock is where it was. */
    @Test
    void bucketFillsOnAfterTheClockWasSetBack() {
        row.level = 0;
        var back = NOW.minus(Duration.ofHours(1));
        row.fill(back);
        assertThat(row.level).isZero();
        row.fill(back.plusSeconds(20));
        assertThat(row.level).isEqualTo(20);
    }

    @Test
    void anotherLimitKeepsTheShare() {
        row.level = 30;
        row.limit(600);
        assertThat(row.level).isEqualTo(300);
        row.giveBack(6, 60);
        assertThat(row.level).isEqualTo(360);
        row.giveBack(60, 60);
        assertThat(row.level).isEqualTo(600);
    }
}
