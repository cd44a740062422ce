package org.dlora.api.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

/** Promised times in JSON: seconds, or a duration as in the settings. */
class SloTimeReaderTest {
    private static final JsonMapper JSON = new JsonMapper();

    private static double read(String value) {
        return SloTimeReader.read(
                Fields.at("slo", JSON.readTree("{\"tpot\": " + value + "}")), "tpot");
    }

    @ParameterizedTest
    @CsvSource({
        "0.05, 0.05",
        "1e-9, 1e-9",
        "90, 90",
        "'\"50ms\"', 0.05",
        "'\"250us\"', 0.00025",
        "'\"2\"', 2",
        "'\"2s\"', 2",
        "'\"1m\"', 60",
        "'\"PT0.5S\"', 0.5",
    })
    void numbersAreSecondsAndTextHasAUnit(String value, double seconds) {
        assertThat(read(value)).isEqualTo(seconds);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "0.0", "-0.0", "\"0\"", "\"0ms\"", "null"})
    void zeroAndNullPromiseNothing(String value) {
        assertThat(read(value)).isInfinite();
    }

    @Test
    void anAbsentTimePromisesNothing() {
        var fields = Fields.at("slo", JSON.readTree("{\"ttft\": 1}"));
        assertThat(SloTimeReader.read(fields, "tpot")).isInfinite();
        assertThat(SloTimeReader.read(fields, "ttft")).isEqualTo(1);
        fields.end();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "-1",
                "-1e-9",
                "1e999",
                "true",
                "[1]",
                "{}",
                "\"\"",
                "\"soon\"",
                "\"-50ms\"",
                "\"1.5s\"",
                "\"50 ms\"",
                "\"99999999999999999999s\""
            })
    void everythingElseIsRefused(String value) {
        assertThatExceptionOfType(ApiException.class)
                .isThrownBy(() -> read(value))
                .withMessageStartingWith(
                        "'slo.tpot' must be a number of seconds or text with a unit such as \"50ms\", not negative;");
    }
}
