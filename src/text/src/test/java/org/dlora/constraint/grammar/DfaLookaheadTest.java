package org.dlora.constraint.grammar;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.stream.IntStream;
import org.dlora.constraint.regex.Regex;
import org.dlora.constraint.regex.TextEncoding;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** States that are alike accept and end the same texts up to a length. */
class DfaLookaheadTest {
    private static final int LENGTH = 6;

    private static Dfa dfa(String regex) {
        return Determinizer.dfa(Regex.whole(regex, TextEncoding.PLAIN));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[ab]{200,300}",
                "(ab|c){150}a?",
                "a{100}(b{50}|c)",
                "(a|bb|ccc){60,90}",
                "(ab*c{40}){3}"
            })
    void noTextWithinTheLengthTellsThemApart(String regex) {
        var dfa = dfa(regex);
        var lookahead = DfaLookahead.of(dfa, LENGTH, DfaLookahead.MAX_WORK);
        var random = new Random(1);
        for (int state = 0; state < dfa.size(); state++) {
            int other = lookahead.representative(state);
            for (int i = 0; i < 200; i++) {
                int mine = state;
                int theirs = other;
                for (int n = 0; n < LENGTH && mine != Dfa.DEAD; n++) {
                    int b = "abc".charAt(random.nextInt(3));
                    mine = dfa.next(mine, b);
                    theirs = dfa.next(theirs, b);
                    assertThat(theirs == Dfa.DEAD).isEqualTo(mine == Dfa.DEAD);
                    assertThat(mine == Dfa.DEAD || dfa.accepts(mine) == dfa.accepts(theirs))
                            .isTrue();
                }
            }
        }
    }

    @Test
    void aLongRepetitionHasFewKindsOfStates() {
        var dfa = dfa("[a-z ]{2000,3000}");
        var lookahead = DfaLookahead.of(dfa, 20, DfaLookahead.MAX_WORK);
        assertThat(IntStream.range(0, dfa.size()).map(lookahead::representative).distinct().count())
                .isBetween(20L, 60L);
    }

    @Test
    void anAutomatonThatIsTooLargeHasNone() {
        var dfa = dfa("([a-c]x[d-f]y){2000}");
        var lookahead = DfaLookahead.of(dfa, 1024, 1_000_000);
        assertThat(lookahead.work()).isZero();
        assertThat(IntStream.range(0, dfa.size()).map(lookahead::representative))
                .containsExactlyElementsOf(IntStream.range(0, dfa.size()).boxed().toList());
    }
}
