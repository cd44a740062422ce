package org.dlora.constraint;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The budget of a step for masks, in work. */
class MaskBudgetTest {
    private static final TestVocabulary VOCABULARY = TestVocabulary.random(new Random(1));

    /** A mask of many walks, each of which is below the budget of a step that has begun. */
    @Test
    void aMaskIsMadeInPiecesOfTheBudgetThatStepsHaveLeft() {
        var whole = MaskBudget.unbounded();
        var expected = constraint();
        var mask = expected.mask(state(expected), whole);
        var pieces = constraint();
        int steps = 1;
        long total = 0;
        long most = 0;
        for (; ; steps++) {
            var budget = new MaskBudget(1);
            try {
                var made = pieces.mask(state(pieces), budget);
                assertThat(tokens(made)).isEqualTo(tokens(mask));
                break;
            } catch (MaskPostponedException _) {
                assertThat(budget.spent()).isPositive();
                most = Math.max(most, budget.spent());
                total += budget.spent();
            }
        }
        assertThat(steps).isGreaterThan(9);
        assertThat(most).isLessThan(whole.spent() / 4);
        assertThat(total).isLessThanOrEqualTo(whole.spent());
    }

    @Test
    void nothingBeginsWhereNothingIsLeft() {
        var constraint = constraint();
        var budget = new MaskBudget(1);
        assertThatExceptionOfType(MaskPostponedException.class)
                .isThrownBy(() -> constraint.mask(state(constraint), budget));
        long spent = budget.spent();
        assertThatExceptionOfType(MaskPostponedException.class)
                .isThrownBy(() -> constraint.mask(state(constraint), budget));
        assertThat(budget.spent()).isEqualTo(spent);
    }

    @Test
    void aMaskThatMayExceedTheBudgetUsesItUp() {
        var first = constraint();
        var budget = new MaskBudget(1);
        assertThat(first.mask(state(first), budget.exceeding()).isEmpty()).isFalse();
        assertThat(budget.spent()).isGreaterThan(1);
        var second = constraint();
        assertThatExceptionOfType(MaskPostponedException.class)
                .isThrownBy(() -> second.mask(state(second), budget));
    }

    @Test
    void aMaskThatWasMadeNeedsNoBudget() {
        var constraint = constraint();
        var mask = constraint.mask(state(constraint));
        var budget = new MaskBudget(0);
        assertThat(constraint.mask(state(constraint), budget)).isSameAs(mask);
        assertThat(budget.spent()).isZero();
    }

    private static Constraint constraint() {
        var schemas =
                IntStream.range(0, 10)
                        .mapToObj(
                                "{\"properties\":{\"a\":{\"pattern\":\"^[^z]*z{%1$d}$\"},\"b%1$d\":{}},\"required\":[\"a\",\"b%1$d\"]}"
                                        ::formatted)
                        .collect(Collectors.joining(",", "{\"anyOf\":[", "]}"));
        return VOCABULARY.compiler().compile(new ConstraintDefinition.JsonSchema(schemas));
    }

    private static ConstraintState state(Constraint constraint) {
        return requireNonNull(constraint.accept(constraint.start(), "{\"a\":\"".getBytes(UTF_8)));
    }

    private static long[] tokens(TokenMask mask) {
        var words = new long[(VOCABULARY.size() + 63) / 64];
        mask.addTo(words);
        return words;
    }
}
