package org.dlora.api.openai.tools;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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
        parts.addAll(reader.end());
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
        assertThat(Thinking.after("<think>\n\n</think>\n\n")).isEqualTo(Thinking.POSSIBLE);
        assertThat(Thinking.after("Hi")).isEqualTo(Thinking.POSSIBLE);
    }
}
