package org.dlora.api.openai.chat;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import org.dlora.api.openai.tools.AnswerFormat;
import org.dlora.api.openai.tools.AnswerPart;
import org.dlora.api.openai.tools.CallMode;
import org.dlora.api.openai.tools.Thinking;
import org.dlora.api.openai.tools.WholeAnswer;
import org.dlora.api.openai.tools.WholeAnswer.Call;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Answers that are constrained to be calls. */
class ForcedCallsTest {
    private static final AnswerFormat REQUIRED =
            new AnswerFormat(Thinking.NONE, new CallMode.Required(), true, false);
    private static final AnswerFormat NAMED =
            new AnswerFormat(Thinking.NONE, new CallMode.Named("f"), true, true);

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[{\"name\": \"f\", \"parameters\": {\"a\": \"}]\"}}, {\"name\": \"g\", \"parameters\": {}}]",
                "[{\"name\":\"f\",\"parameters\":{\"a\": \"}]\"}},{\"parameters\":{},\"name\":\"g\"}]",
                " [ {\"name\": \"f\", \"parameters\": {\"a\": \"}]\"}} , {\"name\": \"g\", \"parameters\": {}} ]\n"
            })
    void anArrayOfCallsIsRead(String text) {
        var answer = WholeAnswer.read(REQUIRED, text);
        assertThat(answer.content()).isEmpty();
        assertThat(answer.calls())
                .containsExactly(new Call("f", "{\"a\": \"}]\"}"), new Call("g", "{}"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "[", "[]", "no", "[{\"name\": \"f\"}]", "[{\"name\": \"f\", \"par"})
    void textThatIsNoCallIsContent(String text) {
        assertThat(WholeAnswer.read(REQUIRED, text).calls()).isEmpty();
        assertThat(WholeAnswer.read(REQUIRED, text).content()).isEqualTo(text);
    }

    /** Its tokens ran out: the stream has told of the call, a whole answer has it as content. */
    @Test
    void aCallThatDoesNotEndIsContentInAWholeAnswer() {
        var text = "[{\"name\": \"f\", \"parameters\": {\"a\": 1";
        assertThat(WholeAnswer.read(REQUIRED, text).calls()).isEmpty();
        assertThat(WholeAnswer.read(REQUIRED, text).content()).isEqualTo(text);
    }

    @Test
    void theWholeAnswerIsTheArgumentsOfANamedFunction() {
        var answer = WholeAnswer.read(NAMED, "{\"a\": [1, 2]}");
        assertThat(answer.content()).isEmpty();
        assertThat(answer.calls()).containsExactly(new Call("f", "{\"a\": [1, 2]}"));
        assertThat(NAMED.finishesWithCalls()).isFalse();
        assertThat(REQUIRED.finishesWithCalls()).isTrue();
    }

    @Test
    void aStreamOfANamedFunctionHasItsArgumentsAsTheyCome() {
        var reader = NAMED.reader();
        var parts = new ArrayList<>(reader.add("{\"a\""));
        parts.addAll(reader.add(": 1}"));
        parts.addAll(reader.end(false));
        assertThat(parts)
                .containsExactly(
                        new AnswerPart.CallBegun(0, "f"),
                        new AnswerPart.Arguments(0, "{\"a\""),
                        new AnswerPart.Arguments(0, ": 1}"));
    }

    @Test
    void idsHaveTheFormThatTheTemplateExpects() {
        assertThat(NAMED.newId()).matches("[a-z0-9]{9}");
        assertThat(REQUIRED.newId()).matches("call_[a-z0-9]{32}").isNotEqualTo(REQUIRED.newId());
    }
}
