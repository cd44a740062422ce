package org.dlora.constraint.grammar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.dlora.constraint.schema.SchemaCompiler;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

/** A compilation counts its work, and ends where it is too much or its thread is interrupted. */
class CompileBudgetTest {
    private static final Characters STRINGS = SchemaCompiler.strings(_ -> true);

    private static Grammar schema(String schema) {
        return Grammar.of(
                SchemaCompiler.compile(new JsonMapper().readTree(schema), STRINGS), _ -> true);
    }

    private static String anyOf(String pattern, int count) {
        return anyOf(
                IntStream.range(0, count)
                        .mapToObj(i -> pattern.formatted((char) (i < 26 ? 'A' + i : 'a' + i - 26)))
                        .toList());
    }

    private static String anyOf(List<String> patterns) {
        return patterns.stream()
                .map("{\"pattern\":\"%s\"}"::formatted)
                .collect(Collectors.joining(",", "{\"anyOf\":[", "]}"));
    }

    /** Repetitions of a character are counted: their number costs nothing. */
    @ParameterizedTest
    @ValueSource(ints = {100, 300, 10_000})
    void longRepetitionsOfACharacterCostLittle(int count) {
        var schema = anyOf("^[^%%s]{%d}$".formatted(count), 30);
        assertThat(CompileBudget.within(10_000_000, () -> schema(schema))).isNotNull();
    }

    @Test
    void workBeyondTheBudgetIsRefused() {
        assertThatExceptionOfType(ConstraintException.class)
                .isThrownBy(() ->
                        CompileBudget.within(1_000_000, () -> schema(anyOf("b[^%s]{300}", 30))))
                .withMessageContaining("too complex together");
    }

    /** A single automaton of all three would have too many states. */
    @Test
    void largePatternsThatAreServedAloneAreServedTogether() {
        var patterns = Stream.of("x", "y", "z").map("^%s(ab|cd){3500}$"::formatted).toList();
        assertThat(CompileBudget.within(() -> schema(anyOf(patterns)))).isNotNull();
    }

    /** A state of one automaton would be a state of each pattern. */
    @Test
    void manyPatternsThatOverlapAreServed() {
        var patterns = IntStream.range(0, 200).mapToObj("pattern%03d"::formatted).toList();
        assertThat(CompileBudget.within(() -> schema(anyOf(patterns)))).isNotNull();
    }

    @Test
    void anAttemptTakesNothingOfTheCompilation() {
        var results =
                CompileBudget.within(
                        1000,
                        () -> {
                            var all = new ArrayList<@Nullable String>();
                            for (long work : List.of(500, 501, 250, 249, 1)) {
                                all.add(
                                        CompileBudget.attempt(() -> {
                                            CompileBudget.spend(work);
                                            return "made";
                                        }));
                            }
                            CompileBudget.spend(1000);
                            return all;
                        });
        assertThat(results).containsExactly("made", null, null, null, "made");
    }

    @Test
    void anInterruptedThreadCompilesNoFurther() {
        Thread.currentThread().interrupt();
        try {
            assertThatExceptionOfType(CancellationException.class)
                    .isThrownBy(() -> CompileBudget.within(() -> schema(anyOf("b[^%s]{300}", 30))));
            assertThat(Thread.currentThread().isInterrupted()).isTrue();
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
    }
}
