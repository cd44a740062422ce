package org.dlora.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.dlora.tensor.LoadException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GenerationConfigTest {
    @TempDir Path folder;

    @Test
    void theEndsOfEachRangeAreAllowed() throws IOException {
        var least =
                read(
                        "{\"temperature\": 0, \"top_p\": 0, \"top_k\": -1, \"min_p\": 0, \"repetition_penalty\": 1.1754944e-38}");
        assertThat(least.temperature()).hasValue(0);
        assertThat(least.topP()).hasValue(0);
        assertThat(least.topK()).hasValue(0);
        assertThat(least.minP()).hasValue(0);
        assertThat(least.repetitionPenalty()).isPresent();
        var most =
                read(
                        "{\"temperature\": 1e6, \"top_p\": 1, \"top_k\": 2147483647, \"min_p\": 1, \"repetition_penalty\": 1e6}");
        assertThat(most.temperature()).hasValue(1e6);
        assertThat(most.topP()).hasValue(1);
        assertThat(most.topK()).hasValue(Integer.MAX_VALUE);
        assertThat(most.minP()).hasValue(1);
        assertThat(most.repetitionPenalty()).hasValue(1e6);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "temperature        | -0.1 | a number from 0.0 to 1000000.0",
                "temperature        | 1e7  | a number from 0.0 to 1000000.0",
                "top_p              | 1.01 | a number from 0.0 to 1.0",
                "top_p              | -1   | a number from 0.0 to 1.0",
                "top_k              | -2   | an integer from -1 to 2147483647",
                "min_p              | 2    | a number from 0.0 to 1.0",
                "repetition_penalty | -1   | a number from",
                "eos_token_id       | -1   | an integer from 0 to 2147483647",
                "eos_token_id       | [3, 2147483648] | an integer from 0 to 2147483647",
                "temperature        | true | a number from 0.0 to 1000000.0",
            })
    void valuesOutOfRangeAreNamed(String name, String value, String expected) {
        var shown = value.startsWith("[") ? "2147483648" : value.equals("1e7") ? "1.0E7" : value;
        assertThatExceptionOfType(LoadException.class)
                .isThrownBy(() -> read("{\"%s\": %s}".formatted(name, value)))
                .withMessageStartingWith(
                        "generation_config.json: %s is %s; expected %s"
                                .formatted(name, shown, expected));
    }

    @Test
    void endTokensOfTheModelCountOnlyWhereTheseHaveNone() throws IOException {
        assertThat(read("{\"eos_token_id\": [4, 5]}").endTokens()).containsExactlyInAnyOrder(4, 5);
        assertThat(read("{\"eos_token_id\": 0}").endTokens()).containsExactly(0);
        assertThat(read("{\"eos_token_id\": null}").endTokens()).containsExactly(7);
        assertThat(read("{\"eos_token_id\": []}").endTokens()).containsExactly(7);
        assertThat(read("{}").endTokens()).containsExactly(7);
    }

    @Test
    void longValuesAreCutInMessages() {
        var list = "[" + "\"x\",".repeat(100) + "1]";
        assertThatExceptionOfType(LoadException.class)
                .isThrownBy(() -> read("{\"top_k\": " + list + "}"))
                .satisfies(e ->
                        assertThat(e.getMessage())
                                .contains("top_k is " + list.substring(0, 200) + "…; expected"));
    }

    private GenerationDefaults read(String json) throws IOException {
        Files.writeString(folder.resolve("config.json"), "{\"eos_token_id\": 7}");
        Files.writeString(folder.resolve("generation_config.json"), json);
        return GenerationConfig.read(folder);
    }
}
