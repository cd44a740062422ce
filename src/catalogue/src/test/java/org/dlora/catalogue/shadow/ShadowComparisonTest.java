package org.dlora.catalogue.shadow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.dlora.replica.request.GenerationEvent.Token;
import org.dlora.replica.request.TokenLogprobs;
import org.junit.jupiter.api.Test;

class ShadowComparisonTest {
    private final ShadowComparison comparison = new ShadowComparison();

    private static Token token(int id) {
        return new Token(id, "", null);
    }

    private static Token token(int id, double logprob) {
        return new Token(
                id, "", new TokenLogprobs(new TokenLogprobs.Entry(id, (float) logprob), List.of()));
    }

    private void client(int... tokens) {
        for (int id : tokens) {
            comparison.client(token(id));
        }
    }

    private void shadow(int... tokens) {
        for (int id : tokens) {
            comparison.shadow(token(id));
        }
    }

    @Test
    void equalAnswersHaveNoFirstDifference() {
        client(1, 2, 3);
        shadow(1, 2, 3);
        assertThat(comparison.firstDifference()).isNull();
        assertThat(comparison.equalTokens()).isEqualTo(3);
        assertThat(comparison.logprobDifference()).isNull();
    }

    @Test
    void tokensAreComparedByPosition() {
        client(1, 2, 3, 4, 5);
        shadow(1, 2, 9, 4);
        assertThat(comparison.firstDifference()).isEqualTo(2);
        assertThat(comparison.equalTokens()).isEqualTo(3);
        assertThat(comparison.clientTokens()).isEqualTo(5);
        assertThat(comparison.shadowTokens()).isEqualTo(4);
    }

    @Test
    void anAnswerThatBeginsTheOtherDiffersAtItsEnd() {
        client(1, 2);
        shadow(1, 2, 3);
        assertThat(comparison.firstDifference()).isEqualTo(2);
    }

    @Test
    void logProbabilitiesAreComparedBeforeTheFirstDifference() {
        comparison.client(token(1, -1));
        comparison.client(token(2, -2));
        comparison.client(token(3, -3));
        comparison.shadow(token(1, -1.5));
        comparison.shadow(token(2, -2));
        comparison.shadow(token(4, -30));
        assertThat(comparison.logprobDifference()).isCloseTo(0.25, within(1e-9));
    }
}
