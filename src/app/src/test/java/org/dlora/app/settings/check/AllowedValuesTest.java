package org.dlora.app.settings.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import jakarta.validation.constraints.DecimalMax;
import jakarta.validation.constraints.DecimalMin;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import java.time.Duration;
import java.util.List;
import org.hibernate.validator.constraints.time.DurationMin;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The limits of a setting in words, one form for each kind of limit. */
class AllowedValuesTest {
    private record Settings(
            @Min(1) @Max(4096) int both,
            @Min(0) int least,
            @Max(7) long most,
            @DecimalMin("0.5") @DecimalMax("2") double within,
            @DecimalMin(value = "0", inclusive = false) double above,
            @DecimalMin(value = "0", inclusive = false) @DecimalMax(value = "1", inclusive = false)
                    double between,
            @DecimalMin("0") @DecimalMax(value = "1", inclusive = false) double below,
            @DecimalMax("9.5") double atMost,
            @DurationMin(millis = 0) Duration any,
            @DurationMin(seconds = 1, millis = 500) Duration pause,
            Part part,
            List<Part> parts) {}

    private record Part(@Min(2) int number) {}

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    both           | a whole number from 1 to 4096
                    least          | a whole number of at least 0
                    most           | a whole number of at most 7
                    within         | a number from 0.5 to 2
                    above          | a number above 0
                    between        | a number above 0 and below 1
                    below          | a number of at least 0 and below 1
                    atMost         | a number of at most 9.5
                    any            | a time of 0 or more
                    pause          | a time of at least 1500ms
                    part.number    | a whole number of at least 2
                    parts[3].number | a whole number of at least 2
                    """)
    void limitsAreInWords(String path, String words) {
        assertThat(AllowedValues.of(Settings.class, path)).isEqualTo(words);
    }

    @Test
    void aPathThatDoesNotExistIsADefect() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> AllowedValues.of(Settings.class, "part.other"))
                .withMessageContaining("part.other");
    }
}
