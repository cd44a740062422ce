package org.dlora.api.openai.tools;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.dlora.api.openai.tools.WholeAnswer.Call;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

/**
 * Answers of each family of models, as vLLM's parsers read them: whole, cut between any two
 * characters, and cut at random.
 */
class ToolCallParserTest {
    static List<ParserExample> examples() {
        var all = new ArrayList<ParserExample>();
        all.addAll(HermesExamples.all());
        all.addAll(LlamaJsonExamples.all());
        all.addAll(PythonicExamples.all());
        all.addAll(MistralExamples.all());
        all.addAll(QwenCoderExamples.all());
        for (var format : ToolFormat.values()) {
            all.add(ParserExample.of(format, "How can I help you?\n", "How can I help you?\n"));
            all.add(ParserExample.of(format, "", ""));
            all.add(ParserExample.of(format, " \n ", " \n "));
            all.add(
                    ParserExample.of(
                            format,
                            "1 < 2 <b> [x] {y} </tool_call> 😀",
                            "1 < 2 <b> [x] {y} </tool_call> 😀"));
        }
        return all;
    }

    @ParameterizedTest
    @MethodSource("examples")
    void aWholeAnswerHasTheCallsAndEverythingElseAsContent(ParserExample example) {
        var answer = WholeAnswer.read(example.answerFormat(), example.answer());
        assertThat(answer.calls()).isEqualTo(example.calls());
        assertThat(answer.content()).isEqualTo(example.content());
    }

    @ParameterizedTest
    @MethodSource("examples")
    void aStreamIsTheSameHoweverItIsCut(ParserExample example) {
        var text = example.answer();
        var whole = streamed(example, List.of(text));
        assertThat(streamed(example, characters(text))).isEqualTo(whole);
        for (int at = 0; at <= text.length(); at++) {
            assertThat(streamed(example, List.of(text.substring(0, at), text.substring(at))))
                    .as("cut at %d", at)
                    .isEqualTo(whole);
        }
        var random = new Random(7);
        for (int round = 0; round < 20; round++) {
            assertThat(streamed(example, pieces(text, random))).isEqualTo(whole);
        }
        if (!example.broken()) {
            assertThat(whole.calls()).isEqualTo(example.calls());
            assertThat(whole.content()).isEqualTo(example.content());
        }
    }

    /** Streamed parts stay; the rest of a broken call is content. */
    @ParameterizedTest
    @MethodSource("examples")
    void aStreamLosesNothingOfACallThatBreaks(ParserExample example) {
        if (example.broken()) {
            var streamed = streamed(example, List.of(example.answer()));
            var broken = streamed.calls().getLast();
            assertThat(example.answer()).contains(broken.arguments()).contains(broken.name());
            assertThat(example.answer()).endsWith(broken.arguments() + rest(example, broken));
            assertThat(streamed.content()).endsWith(rest(example, broken));
        }
    }

    private static String rest(ParserExample example, Call broken) {
        int from = example.answer().lastIndexOf(broken.arguments());
        return example.answer().substring(from + broken.arguments().length());
    }

    @Test
    void laterCallsAreLeftOutIfOneIsWanted() {
        var format =
                new AnswerFormat(
                        Thinking.NONE,
                        new CallMode.Auto(ToolFormat.PYTHONIC, Map.of()),
                        false,
                        false);
        var answer = WholeAnswer.read(format, "[f(a=1), g(b=2)]");
        assertThat(answer.calls()).containsExactly(new Call("f", "{\"a\": 1}"));
    }

    private static final AnswerFormat ONE_CALL =
            new AnswerFormat(
                    Thinking.NONE, new CallMode.Auto(ToolFormat.HERMES, Map.of()), false, false);
    private static final String BROKEN =
            "<tool_call>{\"name\":\"b\",\"arguments\":{\"a\":}}</tool_call>";

    private static String called(String name) {
        return "<tool_call>{\"name\":\"%s\",\"arguments\":{}}</tool_call>".formatted(name);
    }

    @Test
    void aSingleCallIsTheFirstWellFormedOne() {
        var text = BROKEN + called("f") + called("g");
        var answer = WholeAnswer.read(ONE_CALL, text);
        assertThat(answer.calls()).containsExactly(new Call("f", "{}"));
        assertThat(answer.content()).isEqualTo(BROKEN);
        for (var pieces : List.of(List.of(text), characters(text))) {
            assertThat(streamed(ONE_CALL, pieces))
                    .isEqualTo(
                            new Streamed(
                                    "}}</tool_call>",
                                    List.of(new Call("b", "{\"a\":"), new Call("f", "{}"))));
        }
    }

    @Test
    void textOfALaterCallThatIsNotWellFormedIsContent() {
        var text = called("f") + " and " + BROKEN + called("g") + BROKEN + " end";
        var content = "and " + BROKEN + BROKEN + " end";
        var answer = WholeAnswer.read(ONE_CALL, text);
        assertThat(answer.calls()).containsExactly(new Call("f", "{}"));
        assertThat(answer.content().strip()).isEqualTo(content);
        for (var pieces : List.of(List.of(text), characters(text))) {
            var streamed = streamed(ONE_CALL, pieces);
            assertThat(streamed.calls()).containsExactly(new Call("f", "{}"));
            assertThat(streamed.content().strip()).isEqualTo(content);
        }
    }

    @Test
    void blanksAtTheEndStayIfNoCallIsWellFormed() {
        assertThat(WholeAnswer.read(ONE_CALL, BROKEN + " \n").content()).isEqualTo(BROKEN + " \n");
        assertThat(WholeAnswer.read(ONE_CALL, called("f") + BROKEN + "\n").content())
                .isEqualTo(BROKEN);
    }

    /** Answers with errors, as small models write them, end in some parts, however they are cut. */
    @Test
    void mangledAnswersAreReadInTheSameWayHoweverTheyAreCut() {
        var random = new Random(11);
        var examples = examples();
        for (int round = 0; round < 5_000; round++) {
            var example = examples.get(random.nextInt(examples.size()));
            var other = examples.get(random.nextInt(examples.size()));
            var text = new StringBuilder(example.answer());
            for (int change = random.nextInt(4); change >= 0; change--) {
                mangle(text, other.answer(), random);
            }
            var mangled = ParserExample.of(example.format(), text.toString(), "");
            var cut = pieces(text.toString(), random);
            assertThat(streamed(mangled, cut))
                    .as("%s", cut)
                    .isEqualTo(streamed(mangled, List.of(text.toString())));
            for (var call : WholeAnswer.read(mangled.answerFormat(), text.toString()).calls()) {
                assertThat(call.name()).isNotEmpty();
                assertThat(new JsonMapper().readTree(call.arguments()).isMissingNode()).isFalse();
            }
        }
    }

    private static void mangle(StringBuilder text, String other, Random random) {
        int at = random.nextInt(text.length() + 1);
        int end = Math.min(text.length(), at + random.nextInt(8));
        switch (random.nextInt(4)) {
            case 0 -> text.delete(at, end);
            case 1 -> text.insert(at, other);
            case 2 -> text.insert(at, "\"{}[]\\<>(),:=' \n".charAt(random.nextInt(16)));
            default -> text.insert(at, text.substring(at, end));
        }
    }

    @ParameterizedTest
    @EnumSource(ToolFormat.class)
    void longAnswersTakeTimeInProportion(ToolFormat format) {
        for (var unit :
                List.of(
                        "{",
                        "{\"a\":",
                        "[TOOL_CALLS]",
                        "<tool_call>",
                        "[f(a=",
                        "[f(a={",
                        "<function=f>",
                        "<tool_call>{\"name\": \"f\", \"arguments\": {\"a\": \"",
                        ">",
                        "[f(a='")) {
            var text = unit.repeat(200_000 / unit.length());
            var answer = WholeAnswer.read(ParserExample.of(format, text, "").answerFormat(), text);
            assertThat(answer.content()).isEqualTo(text);
        }
    }

    /** Reading each character in time of what came before it would take hours. */
    @ParameterizedTest
    @EnumSource(ToolFormat.class)
    @Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
    void aMillionBlanksTakeTimeInProportion(ToolFormat format) {
        var blanks = " ".repeat(1_000_000);
        for (var thinking : List.of(Thinking.NONE, Thinking.POSSIBLE)) {
            for (var before : List.of("", "[f", "[", "<|python_tag|>", "[TOOL_CALLS]")) {
                var text = before + blanks + "x";
                assertThat(inThousands(thinking, format, text))
                        .isEqualTo(new Streamed(text, List.of()));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {" ", "<parameter=", "<parameter", "\n"})
    @Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
    void longCallsOfQwenCoderTakeTimeInProportion(String unit) {
        var text = "<function=f>" + unit.repeat(1_000_000 / unit.length()) + "</function>";
        assertThat(inThousands(Thinking.NONE, ToolFormat.QWEN3_CODER, text))
                .isEqualTo(new Streamed("", List.of(new Call("f", "{}"))));
    }

    private static Streamed inThousands(Thinking thinking, ToolFormat format, String text) {
        var pieces = new ArrayList<String>();
        for (int at = 0; at < text.length(); at += 1_000) {
            pieces.add(text.substring(at, Math.min(text.length(), at + 1_000)));
        }
        var calls = new CallMode.Auto(format, Map.of());
        return streamed(new AnswerFormat(thinking, calls, true, false), pieces);
    }

    private static List<String> pieces(String text, Random random) {
        var pieces = new ArrayList<String>();
        for (int at = 0; at < text.length(); ) {
            int end = Math.min(text.length(), at + 1 + random.nextInt(5));
            pieces.add(text.substring(at, end));
            at = end;
        }
        return pieces;
    }

    private static List<String> characters(String text) {
        return text.chars().mapToObj(c -> String.valueOf((char) c)).toList();
    }

    private record Streamed(String content, List<Call> calls) {}

    private static Streamed streamed(ParserExample example, List<String> pieces) {
        return streamed(example.answerFormat(), pieces);
    }

    /** Joins the deltas of a stream by the index of their call, as clients do. */
    private static Streamed streamed(AnswerFormat format, List<String> pieces) {
        var reader = format.reader();
        var parts = new ArrayList<AnswerPart>();
        pieces.forEach(piece -> parts.addAll(reader.add(piece)));
        parts.addAll(reader.end(false));
        var content = new StringBuilder();
        var calls = new ArrayList<Call>();
        for (var part : parts) {
            switch (part) {
                case AnswerPart.Content text -> content.append(text.text());
                case AnswerPart.CallBegun(int index, String name) -> {
                    assertThat(index).isEqualTo(calls.size());
                    calls.add(new Call(name, ""));
                }
                case AnswerPart.Arguments(int index, String text) -> {
                    var call = calls.get(index);
                    calls.set(index, new Call(call.name(), call.arguments() + text));
                }
                case AnswerPart.Reasoning _, AnswerPart.CallBroken _ -> {}
            }
        }
        return new Streamed(content.toString(), calls);
    }
}
