package org.dlora.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Path;
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
    void failuresOfAllStepsAreKept() {
        var cause = new IOException("stale file handle");
        for (var file : List.of("a", "b")) {
            problems.attempt(() -> {
                throw LoadException.unreadable(Path.of(file), cause);
            });
        }
        assertThatExceptionOfType(LoadException.class)
                .isThrownBy(problems::throwIfAny)
                .withMessage(
                        "a: cannot be read: stale file handle\n  b: cannot be read: stale file handle")
                .withRootCauseInstanceOf(IOException.class)
                .satisfies(e -> assertThat(e.isUnreadable()).isTrue())
                .satisfies(e -> assertThat(e.getSuppressed()).hasSize(1));
    }

    @Test
    void aProblemOfContentIsCertainWhateverElseCannotBeRead() {
        problems.add("rank of q_proj");
        problems.attempt(() -> {
            throw LoadException.missing(Path.of("a"), "here");
        });
        assertThatExceptionOfType(LoadException.class)
                .isThrownBy(problems::throwIfAny)
                .withMessage("rank of q_proj\n  a: missing from here")
                .satisfies(e -> assertThat(e.isUnreadable()).isFalse());
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
