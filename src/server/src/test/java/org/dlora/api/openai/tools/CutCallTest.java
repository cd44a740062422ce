package org.dlora.api.openai.tools;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.dlora.api.openai.tools.WholeAnswer.Call;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Calls at the end of answers whose tokens ran out. */
class CutCallTest {
    private static final AnswerFormat NAMED = format(new CallMode.Named("f"));
    private static final AnswerFormat REQUIRED = format(new CallMode.Required());

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            quoteCharacter = '`',
            value = {
                "HERMES      ~ <tool_call>                                             ~ ",
                "HERMES      ~ <tool_call>{\"na                                        ~ ",
                "HERMES      ~ <tool_call>{\"name\": \"f\", \"arguments\": {\"a\": 1   ~ ",
                "HERMES      ~ Hm <tool_call>{\"name\": \"f\", \"arguments\": {\"a\":  ~ Hm",
                "HERMES      ~ a <                                                     ~ a <",
                "LLAMA3_JSON ~ {\"name\": \"f\", \"parameters\": {\"a\": 1             ~ ",
                "LLAMA3_JSON ~ {\"answer\": 4                                          ~ {\"answer\": 4",
                "LLAMA3_JSON ~ <|python_tag|>{\"na                                     ~ ",
                "LLAMA3_JSON ~ <|python_tag|>                                          ~ ",
                "PYTHONIC    ~ [f(a=1, b=\"x                                           ~ ",
                "PYTHONIC    ~ [foo                                                    ~ [foo",
                "PYTHONIC    ~ <|python_start|>[f                                      ~ ",
                "MISTRAL     ~ [TOOL_CALLS]                                            ~ ",
                "MISTRAL     ~ [TOOL_CALLS]f{\"a\": 1                                  ~ ",
                "MISTRAL     ~ [TOOL_CALLS][{\"name\": \"f\", \"arguments\": {\"a\": 1 ~ ",
                "QWEN3_CODER ~ <tool_call>                                             ~ ",
                "QWEN3_CODER ~ <tool_call><function=f><parameter=n>1                   ~ ",
                "QWEN3_CODER ~ Hm <tool_c                                              ~ Hm <tool_c",
            })
    void aCutCallIsNeitherACallNorContent(ToolFormat format, String text, String content) {
        var answer = cut(format(new CallMode.Auto(format, Map.of())), text);
        assertThat(answer.calls()).isEmpty();
        assertThat(answer.content()).isEqualTo(content == null ? "" : content);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            quoteCharacter = '`',
            value = {
                "HERMES      ~ <tool_call>{\"name\": \"f\", \"arguments\": {}}</tool_call> <tool_call>{\"name\": \"g\", \"arguments\": {\"a",
                "LLAMA3_JSON ~ {\"name\": \"f\", \"parameters\": {}}; {\"name\": \"g\", \"parameters\": {\"a",
                "PYTHONIC    ~ [f(), g(a=1",
                "MISTRAL     ~ [TOOL_CALLS][{\"name\": \"f\", \"arguments\": {}}, {\"name\": \"g\", \"arguments\": {\"a",
                "QWEN3_CODER ~ <tool_call><function=f></function></tool_call><tool_call><function=g><para",
            })
    void callsBeforeTheCutOneStay(ToolFormat format, String text) {
        var answer = cut(format(new CallMode.Auto(format, Map.of())), text);
        assertThat(answer.calls()).containsExactly(new Call("f", "{}"));
        assertThat(answer.content()).isEmpty();
    }

    @Test
    void forcedCallsAreLeftOutToo() {
        for (var text :
                List.of(
                        "[",
                        "[{\"name\": \"f\", \"par",
                        "[{\"name\": \"f\", \"parameters\": {\"a")) {
            assertThat(cut(REQUIRED, text)).isEqualTo(cut(AnswerFormat.TEXT, ""));
        }
        assertThat(cut(NAMED, "{\"a\": [1")).isEqualTo(cut(AnswerFormat.TEXT, ""));
    }

    @Test
    void aWholeCallStaysThoughTheTokensRanOut() {
        assertThat(cut(NAMED, "{\"a\": [1]}").calls())
                .containsExactly(new Call("f", "{\"a\": [1]}"));
        assertThat(cut(REQUIRED, "[{\"name\": \"f\", \"parameters\": {}}").calls())
                .containsExactly(new Call("f", "{}"));
    }

    @Test
    void aStreamAddsNoContentBehindTheCallThatItHasBegun() {
        var reader = format(new CallMode.Auto(ToolFormat.HERMES, Map.of())).reader();
        var begun = reader.add("<tool_call>{\"name\": \"f\", \"arguments\": {\"a\"");
        assertThat(begun)
                .containsExactly(
                        new AnswerPart.CallBegun(0, "f"), new AnswerPart.Arguments(0, "{\"a\""));
        assertThat(reader.end(true)).containsExactly(new AnswerPart.CallBroken(0, ""));
    }

    private static AnswerFormat format(CallMode mode) {
        return new AnswerFormat(Thinking.NONE, mode, true, false);
    }

    private static WholeAnswer cut(AnswerFormat format, String text) {
        return WholeAnswer.read(format, List.of(text), "", true);
    }
}
