package org.dlora.constraint;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Constraints of more than 100 schemas, against listed texts and an independent validator. */
class SchemaConstraintTest {
    private static final int WALKS = 12;

    private static final TestVocabulary VOCABULARY = TestVocabulary.random(new Random(5));
    private static final ConstraintCompiler COMPILER = VOCABULARY.compiler();

    static List<SchemaCase> cases() {
        return SchemaCase.all();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void validTextsMayComeHoweverTheyAreCut(SchemaCase one) {
        var constraint = COMPILER.compile(one.definition());
        for (var text : one.valid()) {
            assertThat(SchemaOracle.problems(one.schema(), text)).as(text).isEmpty();
            for (int seed = 0; seed < 5; seed++) {
                var state = constraint.start();
                for (int token : VOCABULARY.split(text, new Random(seed))) {
                    assertThat(constraint.mask(state).allows(token))
                            .as("%s in %s", VOCABULARY.text(List.of(token)), text)
                            .isTrue();
                    state = requireNonNull(constraint.accept(state, token), text);
                }
                assertThat(state.isComplete()).as(text).isTrue();
            }
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void otherTextsMustNotCome(SchemaCase one) {
        var constraint = COMPILER.compile(one.definition());
        for (var text : one.invalid()) {
            var state = constraint.accept(constraint.start(), text.getBytes(UTF_8));
            assertThat(state == null || !state.isComplete()).as(text).isTrue();
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void randomWalksEndWithValidTexts(SchemaCase one) {
        var constraint = COMPILER.compile(one.definition());
        int complete = 0;
        for (int seed = 0; seed < WALKS; seed++) {
            var text = VOCABULARY.walk(constraint, new Random(seed));
            if (text.isPresent()) {
                complete++;
                assertThat(SchemaOracle.problems(one.schema(), text.get()))
                        .as(text.get())
                        .isEmpty();
            }
        }
        assertThat(complete).isGreaterThan(WALKS / 2);
    }

    /** Together with the test before these are more than 1,000 complete texts. */
    @Test
    void thereAreMoreThanHundredSchemas() {
        assertThat(cases()).hasSizeGreaterThan(100);
        assertThat(new HashSet<>(cases().stream().map(SchemaCase::name).toList()))
                .hasSameSizeAs(cases());
    }

    @ParameterizedTest
    @MethodSource("cases")
    void masksHaveTheTokensThatAreAccepted(SchemaCase one) {
        var constraint = COMPILER.compile(one.definition());
        var random = new Random(one.name().hashCode());
        var state = constraint.start();
        for (int i = 0; i < 25 && !state.isEnd(); i++) {
            var mask = constraint.mask(state);
            var masked = new LinkedHashSet<Integer>();
            for (int id = 0; id < VOCABULARY.size() + 100; id++) {
                if (mask.allows(id)) {
                    masked.add(id);
                }
            }
            assertThat(masked).isEqualTo(VOCABULARY.allowed(constraint, state));
            assertThat(masked).isNotEmpty();
            state = constraint.accept(state, TestVocabulary.choose(List.copyOf(masked), random));
            if (state == null) {
                fail("A token of the mask was not accepted");
            }
        }
    }
}
