package org.dlora.replica;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import org.dlora.replica.request.FinishReason;
import org.dlora.replica.request.GenerationRequest;
import org.dlora.replica.request.SamplingParams;
import org.dlora.replica.request.StepCounts;
import org.dlora.replica.request.StopConditions;
import org.dlora.scheduling.AdapterRef;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Ends of answers, and the text that is shown until then, by the rules of vLLM. */
class OutputTest {
    private static final int EOS = 0;
    private static final int STOP = 7;

    private Output output = output(conditions(100, 0, List.of(), false));

    private static StopConditions conditions(
            int maxTokens, int minTokens, List<String> stops, boolean includeStop) {
        return new StopConditions(maxTokens, minTokens, false, Set.of(STOP), stops, includeStop);
    }

    private static Output output(StopConditions stop) {
        return output(SequenceState.of(request(stop)));
    }

    private static Output output(SequenceState state) {
        return new Output(state, new SequenceTally(state), Set.of(EOS), 50);
    }

    /** A request with a prompt of 10 tokens. */
    private static GenerationRequest request(StopConditions stop) {
        return new GenerationRequest(
                "r", AdapterRef.base(), new int[10], SamplingParams.GREEDY, stop, -1, -1, true);
    }

    /** Returns the text that is shown for one more token. */
    private String add(int token, String text) {
        return output.add(new SampledToken(token, text, null)).text();
    }

    private void assertEnd(FinishReason reason, String text, @Nullable Object stop, int tokens) {
        assertThat(output.finished()).isEqualTo(Ends.finished(reason, text, stop, 10, 0, tokens));
    }

    @Test
    void anEndTokenEndsTheAnswerWithoutItsText() {
        assertThat(add(1, "a")).isEqualTo("a");
        assertThat(output.finished()).isNull();
        assertThat(add(EOS, "</s>")).isEmpty();
        assertEnd(FinishReason.STOP, "", null, 2);
    }

    @Test
    void aStopTokenIsNamed() {
        assertThat(add(STOP, "x")).isEmpty();
        assertEnd(FinishReason.STOP, "", STOP, 1);
    }

    @Test
    void theTokenThatEndsAnAnswerIsShownIfWanted() {
        output = output(conditions(100, 0, List.of(), true));
        assertThat(add(EOS, "</s>")).isEqualTo("</s>");
        assertEnd(FinishReason.STOP, "", null, 1);
    }

    @Test
    void anIgnoredEndTokenIsOneLikeOthers() {
        output = output(new StopConditions(2, 0, true, Set.of(), List.of(), false));
        assertThat(add(EOS, "</s>")).isEqualTo("</s>");
        assertThat(output.finished()).isNull();
        add(EOS, "</s>");
        assertEnd(FinishReason.LENGTH, "", null, 2);
    }

    /** A stop token that is an end token of the model ends the answer though ends are ignored. */
    @Test
    void aStopTokenEndsTheAnswerWhereEndTokensAreIgnored() {
        output = output(new StopConditions(9, 0, true, Set.of(EOS), List.of(), false));
        add(EOS, "");
        assertEnd(FinishReason.STOP, "", EOS, 1);
    }

    @Test
    void theLastTokenOfTheLengthMayBeAnEnd() {
        output = output(conditions(2, 0, List.of("b"), false));
        add(1, "a");
        add(EOS, "");
        assertEnd(FinishReason.STOP, "", null, 2);

        output = output(conditions(2, 0, List.of("b"), false));
        add(1, "a");
        add(2, "b");
        assertEnd(FinishReason.STOP, "", "b", 2);
    }

    /** 10 of 50 tokens are the prompt's. */
    @Test
    void anAnswerEndsWhereTheSequenceIsFull() {
        for (int i = 0; i < 39; i++) {
            add(1, "a");
        }
        assertThat(output.finished()).isNull();
        add(1, "a");
        assertEnd(FinishReason.LENGTH, "", null, 40);
    }

    @Test
    void textThatMayBecomeAStopStringIsHeldBack() {
        output = output(conditions(100, 0, List.of("END", "ENTER"), false));
        assertThat(add(1, "aE")).isEqualTo("a");
        assertThat(output.heldText()).isEqualTo("E");
        assertThat(add(2, "N")).isEmpty();
        assertThat(add(3, "x")).isEqualTo("ENx");
        assertThat(add(4, "yEN")).isEqualTo("y");
        assertThat(add(5, "Dz")).isEmpty();
        assertEnd(FinishReason.STOP, "", "END", 5);
    }

    @Test
    void textThatIsHeldBackComesWithTheEnd() {
        output = output(conditions(3, 0, List.of("END"), false));
        add(1, "a");
        add(2, "E");
        assertThat(add(3, "N")).isEmpty();
        assertEnd(FinishReason.LENGTH, "EN", null, 3);

        output = output(conditions(100, 0, List.of("END"), false));
        add(1, "xE");
        add(EOS, "</s>");
        assertEnd(FinishReason.STOP, "E", null, 2);
    }

    /** vLLM looks for stop strings from the token after min_tokens on. */
    @Test
    void stopStringsCountAfterTheLeastNumberOfTokens() {
        output = output(conditions(100, 2, List.of("b"), false));
        assertThat(add(1, "ab")).isEqualTo("ab");
        assertThat(add(2, "b")).isEqualTo("b");
        assertThat(output.finished()).isNull();
        assertThat(add(3, "cb")).isEqualTo("c");
        assertEnd(FinishReason.STOP, "", "b", 3);
    }

    @Test
    void aStopStringIsShownIfWantedAndNothingBehindIt() {
        output = output(conditions(100, 0, List.of("END"), true));
        assertThat(add(1, "aEN")).isEqualTo("a");
        assertThat(add(2, "Dz")).isEqualTo("END");
        assertEnd(FinishReason.STOP, "", "END", 2);
    }

    @Test
    void aCancelledAnswerDoesNotShowHeldBackText() {
        output = output(conditions(100, 0, List.of("END"), false));
        add(1, "aE");
        assertThat(output.cancelled())
                .isEqualTo(Ends.finished(FinishReason.CANCELLED, "", null, 10, 0, 1));
    }

    @Test
    void anImportedAnswerGoesOnWhereItWas() {
        var request = request(conditions(5, 0, List.of("END"), false));
        output =
                output(
                        new SequenceState(
                                request,
                                new int[] {1, 2, 3},
                                "EN",
                                List.of(),
                                8,
                                true,
                                0,
                                StepCounts.NONE,
                                0));
        assertThat(output.count()).isEqualTo(3);
        assertThat(add(4, "x")).isEqualTo("ENx");
        add(5, "y");
        assertThat(output.finished())
                .isEqualTo(Ends.finished(FinishReason.LENGTH, "", null, 10, 8, 5));
    }
}
