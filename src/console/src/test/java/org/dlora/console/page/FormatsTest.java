package org.dlora.console.page;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FormatsTest {
    private static final Formats FORMAT = Formats.ALL;

    @ParameterizedTest
    @CsvSource({
        "0, 0.0 ms",
        "0.00003, 30 µs",
        "0.0012, 1.2 ms",
        "0.4567, 457 ms",
        "3.4567, 3.46 s",
        "45.67, 45.7 s",
        "300, 5 min",
        "7200, 2 h",
        "259200, 3 d",
        "NaN, –"
    })
    void secondsHaveTheUnitThatReadsWell(double seconds, String expected) {
        assertThat(FORMAT.seconds(seconds)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({"0, 0 B", "999, 999 B", "1234, 1.2 kB", "38900000, 38.9 MB", "2500000000, 2.5 GB"})
    void bytesArePowersOfAThousand(long bytes, String expected) {
        assertThat(FORMAT.bytes(bytes)).isEqualTo(expected);
    }

    @Test
    void unknownValuesAreADash() {
        assertThat(FORMAT.bytes(null)).isEqualTo("–");
        assertThat(FORMAT.time(null)).isEqualTo("–");
        assertThat(FORMAT.iso(null)).isEmpty();
        assertThat(FORMAT.time(Instant.EPOCH)).isEqualTo("1970-01-01 00:00:00 UTC");
    }

    @Test
    void numbersStayWithTheirUnits() {
        assertThat(Formats.ALL.unparted("sql gives 220 tokens/s over the next 10 ms; 3 steps"))
                .isEqualTo("sql gives 220\u00a0tokens/s over the next 10\u00a0ms; 3 steps");
        assertThat(Formats.ALL.unparted("less than 0.1 ms, 2 sequences, 12 %."))
                .isEqualTo("less than 0.1\u00a0ms, 2 sequences, 12\u00a0%.");
        assertThat(Formats.ALL.unparted(null)).isEmpty();
    }
}
