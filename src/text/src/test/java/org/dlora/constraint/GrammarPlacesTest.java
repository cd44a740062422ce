package org.dlora.constraint;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.dlora.constraint.grammar.Expr;
import org.dlora.constraint.grammar.Grammar;
import org.dlora.constraint.grammar.Rule;
import org.junit.jupiter.api.Test;

/** Places that fill their memory are dropped; texts go on as before. */
class GrammarPlacesTest {
    private static final long MAX_BYTES = 20_000;

    private final Grammar grammar = Grammar.of(words(), _ -> true);
    private final GrammarPlaces places =
            new GrammarPlaces(grammar, 8, MemoryBudget.none(), MAX_BYTES);

    /** Returns a list of words, where each word is a call within the list. */
    private static Expr words() {
        var word = new Rule.Defined("word");
        word.define(
                Expr.choice(IntStream.range(0, 500).mapToObj(i -> Expr.text(word(i))).toList()));
        return Expr.sequence(
                Expr.repeat(
                        Expr.sequence(new Expr.Call(word), Expr.text(",")),
                        0,
                        Expr.Repeat.UNBOUNDED),
                Expr.text("."));
    }

    private static String word(int i) {
        return "w%05dx".formatted(i);
    }

    @Test
    void aTextGoesOnAfterItsPlacesWereDropped() {
        var state = ConstraintState.at(places.start(), null, places);
        var start = state;
        for (int i = 0; i < 500; i++) {
            state = after(state, word(i) + ",");
            assertThat(places.bytes()).isLessThanOrEqualTo(MAX_BYTES);
            assertThat(state.readings()).hasSameSizeAs(start.readings());
        }
        assertThat(places.generation()).isGreaterThan(10);
        assertThat(after(state, ".").isComplete()).isTrue();
        assertThat(after(start, ".").isComplete()).isTrue();
        assertThat(state.next('v', places).isDead()).isTrue();
    }

    @Test
    void statesOfEqualTextsAreEqualAfterADrop() {
        var start = ConstraintState.at(places.start(), null, places);
        var before = after(start, "w00007");
        for (int i = 0; i < 100; i++) {
            var _ = after(start, word(i));
        }
        assertThat(places.generation()).isPositive();
        assertThat(after(start, "w00007")).isEqualTo(before).hasSameHashCodeAs(before);
    }

    private ConstraintState after(ConstraintState state, String text) {
        var after = state;
        for (byte b : text.getBytes(UTF_8)) {
            after = after.next(b & 0xFF, places);
            assertThat(after.isDead()).isFalse();
        }
        return after;
    }
}
