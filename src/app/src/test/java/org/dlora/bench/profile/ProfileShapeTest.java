package org.dlora.bench.profile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProfileShapeTest {

    /**
     * All prompts fit, up to 4096 rows; a longer prompt and two rows of each sequence always do.
     */
    @ParameterizedTest
    @CsvSource({
        "8, 1, 8",
        "1, 1, 2",
        "8, 4, 32",
        "128, 32, 4096",
        "129, 32, 4096",
        "5000, 1, 5000",
        "5000, 8, 5000",
        "1, 3000, 6000",
        "2147483647, 2, 2147483647",
    })
    void aStepHoldsAllPromptsUpToABound(int prompt, int batch, int rows) {
        assertThat(new ProfileShape(prompt, 1, batch, List.of()).stepRows()).isEqualTo(rows);
    }

    /**
     * With one row for each of 32 sequences that decode, 4064 rows are left for prompts: those of
     * 32 times 128 tokens take two steps. A round has a quarter of the output, at least 8 tokens.
     */
    @ParameterizedTest
    @CsvSource({
        "128, 200, 32, 54",
        "128, 1, 32, 12",
        "8, 36, 1, 13",
        "8, 37, 1, 14",
    })
    void aSequenceDecodesWhilePromptsWaitAndForARound(
            int prompt, int output, int batch, int decoded) {
        var shape = new ProfileShape(prompt, output, batch, List.of());
        assertThat(shape.decodedTokens()).isEqualTo(decoded);
        assertThat(shape.sequenceTokens()).isEqualTo(prompt + decoded);
    }

    @ParameterizedTest
    @CsvSource({"0, 1, 1", "1, 0, 1", "1, 1, 0", "-1, 1, 1"})
    void aShapeHasAtLeastOneOfEach(int prompt, int output, int batch) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new ProfileShape(prompt, output, batch, List.of()))
                .withMessageContaining("not %d, %d and %d".formatted(prompt, output, batch));
    }

    @Test
    void aShapeKeepsItsOwnListOfAdapters() {
        var adapters = new ArrayList<>(List.of("a"));
        var shape = new ProfileShape(1, 1, 1, adapters);
        adapters.add("b");
        assertThat(shape.adapters()).containsExactly("a");
    }
}
