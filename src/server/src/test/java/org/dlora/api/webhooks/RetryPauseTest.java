package org.dlora.api.webhooks;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RetryPauseTest {
    private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");

    private static Duration pause(double drawn, int attempts, String retryAfter) {
        return new RetryPause(Duration.ofSeconds(1), () -> drawn)
                .after(attempts, Optional.of(retryAfter).filter(text -> !text.isEmpty()), NOW);
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "2, 2", "3, 4", "9, 256", "10, 300", "1000, 300"})
    void pausesDoubleUpToFiveMinutes(int attempts, int seconds) {
        assertThat(pause(0, attempts, "")).isEqualTo(Duration.ofSeconds(seconds));
    }

    @Test
    void upToAHalfIsLeftOut() {
        assertThat(pause(0.5, 4, "")).isEqualTo(Duration.ofSeconds(6));
        assertThat(pause(1, 4, "")).isEqualTo(Duration.ofSeconds(4));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "90|90",
                " 90 |90",
                "0|1",
                "999999999|3600",
                "Fri, 2 Jan 2026 03:05:05 GMT|60",
                "Fri, 2 Jan 2026 03:00:00 GMT|1"
            })
    void longerTimeOfTheReceiverIsKept(String retryAfter, int seconds) {
        assertThat(pause(0, 1, retryAfter)).isEqualTo(Duration.ofSeconds(seconds));
    }

    @ParameterizedTest
    @ValueSource(strings = {"soon", "-1", "1.5", "99999999999999999999"})
    void otherValuesAreIgnored(String retryAfter) {
        assertThat(pause(0, 1, retryAfter)).isEqualTo(Duration.ofSeconds(1));
    }
}
