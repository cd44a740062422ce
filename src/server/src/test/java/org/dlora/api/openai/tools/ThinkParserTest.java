package org.dlora.api.openai.tools;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.dlora.constraint.ConstraintCompiler;
import org.dlora.constraint.ConstraintDefinition;
import org.dlora.constraint.TokenTrie;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Reasoning at the beginning of answers. */
class ThinkParserTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            nullValues = "-",
            textBlock =
                    """
                    POSSIBLE | `<think>\nI think.\n</think>\n\nHello` | I think. | Hello
                    POSSIBLE | `<think>a < b </thin </think>c`        | `a < b </thin` | c
                    POSSIBLE | `\n<think>x</think>`                   | x        | ``
                    POSSIBLE | `<think>not done`                      | not done | ``
                    POSSIBLE | `<think>not done</thi`                 | not done</thi | ``
                    POSSIBLE | `<think></think>Hi`                    | -        | Hi
                    POSSIBLE | `<think>\n\n</think>\n\nHi`            | -        | Hi
                    POSSIBLE | `Hello <think>x</think>`               | -        | `Hello <think>x</think>`
                    POSSIBLE | `<thinking>`                           | -        | <thinking>
                    POSSIBLE | `<thi`                                 | -        | <thi
                    POSSIBLE | `  Hi\n`                               | -        | `  Hi\n`
                    POSSIBLE | ``                                     | -        | ``
                    BEGUN    | `I think.</think>Hi </think>`          | I think. | `Hi </think>`
                    BEGUN    | `\nI\n\nthink\n`                       | `I\n\nthink` | ``
                    BEGUN    | ``                                     | -        | ``
                    NONE     | `<think>x</think>y`                    | -        | `<think>x</think>y`
                    """)
    void reasoningIsPartedFromContent(
            Thinking thinking, String text, String reasoning, String content) {
        var format = new AnswerFormat(thinking, new CallMode.None(), true, false);
        var answer = text.translateEscapes();
        var whole = WholeAnswer.read(format, answer);
        assertThat(whole.reasoning().orElse(null))
                .isEqualTo(reasoning == null ? null : reasoning.translateEscapes());
        assertThat(whole.content()).isEqualTo(content.translateEscapes());
        for (int at = 0; at <= answer.length(); at++) {
            var pieces = List.of(answer.substring(0, at), answer.substring(at));
            assertThat(streamed(format, pieces)).isEqualTo(streamed(format, List.of(answer)));
        }
        var characters = answer.chars().mapToObj(c -> String.valueOf((char) c)).toList();
        assertThat(streamed(format, characters))
                .containsExactly(whole.reasoning().orElse(""), whole.content());
    }

    private static List<String> streamed(AnswerFormat format, List<String> pieces) {
        var reader = format.reader();
        var parts = new ArrayList<AnswerPart>();
        pieces.forEach(piece -> parts.addAll(reader.add(piece)));
        parts.addAll(reader.end(false));
        var reasoning = new StringBuilder();
        var content = new StringBuilder();
        for (var part : parts) {
            if (part instanceof AnswerPart.Reasoning(String text)) {
                assertThat(content).as("content before reasoning").isEmpty();
                reasoning.append(text);
            } else if (part instanceof AnswerPart.Content(String text)) {
                content.append(text);
            }
        }
        return List.of(reasoning.toString(), content.toString());
    }

    @Test
    void callsFollowReasoning() {
        var format =
                new AnswerFormat(
                        Thinking.POSSIBLE,
                        new CallMode.Auto(ToolFormat.HERMES, Map.of()),
                        true,
                        false);
        var answer =
                WholeAnswer.read(
                        format,
                        "<think>\nI may write <tool_call>.\n</think>\n\n<tool_call>\n{\"name\": \"f\", \"arguments\": {}}\n</tool_call>");
        assertThat(answer.reasoning()).hasValue("I may write <tool_call>.");
        assertThat(answer.content()).isEmpty();
        assertThat(answer.calls()).containsExactly(new WholeAnswer.Call("f", "{}"));
    }

    @Test
    void thePromptSaysWhetherReasoningHasBegun() {
        assertThat(Thinking.after("<|im_start|>assistant\n<think>\n")).isEqualTo(Thinking.BEGUN);
        assertThat(Thinking.after("<think>\n\n</think>\n\n")).isEqualTo(Thinking.ENDED);
        assertThat(Thinking.after("Hi")).isEqualTo(Thinking.POSSIBLE);
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            textBlock =
                    """
                    <think>The user wants          , BEGUN
                    <think>x</think>The answer is  , ENDED
                    The answer is                  , ENDED
                    `<think></think><think>Again ` , BEGUN
                    `  `                           , POSSIBLE
                    """)
    void aContinuedMessageSaysWhetherItIsInReasoning(String message, Thinking thinking) {
        assertThat(Thinking.continuing(message, "<|im_start|>assistant\n" + message))
                .isEqualTo(thinking);
    }

    /** Texts that the constraint accepts are read as reasoning and a content that meets it. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    POSSIBLE | `[1]`                                         | true
                    POSSIBLE | `<think>\nOne.\n</think>\n\n[1]`              | true
                    POSSIBLE | `<think></think>[1]`                          | true
                    POSSIBLE | `<think>a < b <</t </thin </think </thi</think>[1]` | true
                    POSSIBLE | `<think><think>é</think>[1]`                  | true
                    POSSIBLE | `<think>One.</think>`                         | false
                    POSSIBLE | `\n\n<think>One.</think>[1]`                  | false
                    ENDED    | `[1]`                                         | true
                    ENDED    | `<think></think>[1]`                          | false
                    POSSIBLE | `<think>One.</think>no`                       | false
                    POSSIBLE | `<think>One.</think>a</think>[1]`             | false
                    POSSIBLE | `One.</think>[1]`                             | false
                    POSSIBLE | `<think>[1]`                                  | false
                    BEGUN    | `One.</think>[1]`                             | true
                    BEGUN    | `</think>[1]`                                 | true
                    BEGUN    | `[1]`                                         | false
                    NONE     | `[1]`                                         | true
                    NONE     | `<think></think>[1]`                          | false
                    """)
    void aConstraintHoldsForTheTextAfterReasoning(
            Thinking thinking, String text, boolean isAllowed) {
        var answer = text.translateEscapes();
        var compiler =
                new ConstraintCompiler(TokenTrie.of(256, token -> new byte[] {(byte) token}));
        var constraint = compiler.compile(thinking.before(new ConstraintDefinition.Text("[1]")));
        var state = constraint.start();
        for (byte b : answer.getBytes(UTF_8)) {
            state = state == null ? null : constraint.accept(state, b & 0xFF);
        }
        assertThat(state != null && state.isComplete()).isEqualTo(isAllowed);
        if (isAllowed) {
            var format = new AnswerFormat(thinking, new CallMode.None(), true, false);
            assertThat(WholeAnswer.read(format, answer).content()).isEqualTo("[1]");
        }
    }
}
