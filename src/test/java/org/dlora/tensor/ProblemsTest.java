package org.dlora.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ProblemsTest {
    private final Problems problems = new Problems();

    @Test
    void twentyProblemsOfAKindAreNamedAndTheOthersCounted() {
        problems.addAll(numbered(20));
        assertThat(problems.list()).hasSize(20).endsWith("problem 20");
        problems.addAll(numbered(21));
        assertThat(problems.list()).hasSize(41).endsWith("problem 20", "… and 1 more");
        problems.addAll(numbered(25));
        assertThat(problems.list()).endsWith("problem 20", "… and 5 more");
    }

    @Test
    void aFailedStepAddsAllOfItsProblemsAndHasNoResult() {
        problems.add("first");
        var result =
                problems.attempt(() -> {
                    throw new LoadException(List.of("second", "third"));
                });
        assertThat(result).isEmpty();
        assertThat(problems.attempt(() -> 5)).hasValue(5);
        assertThat(problems.list()).containsExactly("first", "second", "third");
        assertThatExceptionOfType(LoadException.class)
                .isThrownBy(problems::throwIfAny)
                .withMessage("first\n  second\n  third")
                .satisfies(
                        e -> assertThat(e.problems()).containsExactly("first", "second", "third"));
    }

    @Test
    void noProblemEndsNothing() {
        problems.addAll(Stream.of());
        assertThat(problems.isEmpty()).isTrue();
        assertThatCode(problems::throwIfAny).doesNotThrowAnyException();
    }

    private static Stream<String> numbered(int count) {
        return IntStream.rangeClosed(1, count).mapToObj(i -> "problem " + i);
    }
}
