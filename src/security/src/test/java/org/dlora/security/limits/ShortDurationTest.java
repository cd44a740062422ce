package org.dlora.security.limits;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Durations in the form of OpenAI's headers. */
class ShortDurationTest {
    @ParameterizedTest
    @CsvSource({
        "PT0S, 0s",
        "PT0.000000001S, 1ms",
        "PT0.02S, 20ms",
        "PT0.9999999S, 1s",
        "PT1S, 1s",
        "PT8.64S, 8.64s",
        "PT10S, 10s",
        "PT1M, 1m0s",
        "PT6M, 6m0s",
        "PT1M1.5S, 1m1.5s",
        "PT1H, 1h0m0s",
        "PT26H3M4.005S, 26h3m4.005s"
    })
    void isWrittenAsOpenAiDoes(Duration duration, String expected) {
        assertThat(ShortDuration.of(duration)).isEqualTo(expected);
    }
}
