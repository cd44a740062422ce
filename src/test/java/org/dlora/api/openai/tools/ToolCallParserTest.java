package org.dlora.api.openai.tools;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.dlora.api.openai.tools.WholeAnswer.Call;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Answers of each family of models, as vLLM's parsers read them: whole, cut between any two
 * characters, and cut at random.
 */
class ToolCallParserTest {
    private static final JsonMapper JSON = new JsonMapper();
    private static final Map<String, JsonNode> SCHEMAS =
            Map.of(
                    "f",
                    JSON.readTree(
                            "{\"properties\": {\"n\": {\"type\": \"integer\"}, \"o\": {\"type\": \"object\"}, \"s\": {\"type\": [\"string\", \"null\"]}}}"));

    /**
     * @param broken whether a stream has told of a call before it turned out to be none
     */
    record Example(
            ToolFormat format, String answer, String content, List<Call> calls, boolean broken) {
        static Example of(ToolFormat format, String answer, String content, Call... calls) {
            return new Example(format, answer, content, List.of(calls), false);
        }

        static Example broken(ToolFormat format, String answer, String content, Call... calls) {
            return new Example(format, answer, content, List.of(calls), true);
        }

        AnswerFormat answerFormat() {
            return new AnswerFormat(Thinking.NONE, new CallMode.Auto(format, SCHEMAS), true, false);
        }

        @Override
        public String toString() {
            return format + ": " + answer;
        }
    }

    private static Call call(String name, String arguments) {
        return new Call(name, arguments);
    }

    static List<Example> examples() {
        var all = new ArrayList<Example>();
        hermes(all);
        llama(all);
        pythonic(all);
        mistral(all);
        qwenCoder(all);
        for (var format : ToolFormat.values()) {
            all.add(Example.of(format, "How can I help you?\n", "How can I help you?\n"));
            all.add(Example.of(format, "", ""));
            all.add(Example.of(format, " \n ", " \n "));
            all.add(
                    Example.of(
                            format,
                            "1 < 2 <b> [x] {y} </tool_call> 😀",
                            "1 < 2 <b> [x] {y} </tool_call> 😀"));
        }
        return all;
    }

    private static void hermes(List<Example> all) {
        var format = ToolFormat.HERMES;
        var weather = call("get_weather", "{\"city\": \"Zürich\", \"unit\": \"celsius\"}");
        var json =
                "{\"name\": \"get_weather\", \"arguments\": {\"city\": \"Zürich\", \"unit\": \"celsius\"}}";
        all.add(Example.of(format, "<tool_call>\n" + json + "\n</tool_call>", "", weather));
        all.add(Example.of(format, "<tool_call>" + json + "</tool_call>", "", weather));
        all.add(Example.of(format, "<tool_call>\n" + json, "", weather));
        all.add(Example.of(format, "<tool_call>" + json + "\n</tool_ca", "", weather));
        all.add(
                Example.of(
                        format,
                        "Let me see.\n<tool_call>" + json + "</tool_call>\n",
                        "Let me see.",
                        weather));
        all.add(
                Example.of(
                        format,
                        "<tool_call>" + json + "</tool_call>\n<tool_call>" + json + "</tool_call>",
                        "",
                        weather,
                        weather));
        all.add(
                Example.of(
                        format,
                        "A <tool_call>" + json + "</tool_call> and then B",
                        "A and then B",
                        weather));
        all.add(
                Example.of(
                        format,
                        "<tool_call>{\"arguments\": {\"a\": [1, 2.5e3, -0.1, true, null]}, \"id\": 7, \"name\": \"f\"}</tool_call>",
                        "",
                        call("f", "{\"a\": [1, 2.5e3, -0.1, true, null]}")));
        all.add(
                Example.of(
                        format,
                        "<tool_call>{\"name\": \"f\", \"arguments\": {\"t\": \"</tool_call> \\\" \\u00e9 {\"}}</tool_call>",
                        "",
                        call("f", "{\"t\": \"</tool_call> \\\" \\u00e9 {\"}")));
        all.add(
                Example.of(
                        format,
                        "<tool_call>{\"name\": \"f\", \"arguments\": \"{\\\"p\\\": \\\"m\\\"}\"}</tool_call>",
                        "",
                        call("f", "{\"p\": \"m\"}")));
        all.add(
                Example.of(
                        format,
                        "<tool_call>{\"name\": \"f\", \"arguments\": \"hello\"}</tool_call>",
                        "",
                        call("f", "\"hello\"")));
        for (var malformed :
                List.of(
                        "<tool_call>",
                        "<tool_call>\n",
                        "<tool_call>no object</tool_call>",
                        "<tool_call>{\"name\": \"f\"}</tool_call>",
                        "<tool_call>{\"arguments\": {}}</tool_call>",
                        "<tool_call>{\"name\": 3, \"arguments\": {}}</tool_call>",
                        "<tool_call>{\"name\": \"\", \"arguments\": {}}</tool_call>",
                        "<tool_call>{name: \"f\", \"arguments\": {}}</tool_call>",
                        "<tool_call>{\"name\": \"f\", \"argu",
                        "text <tool_ca",
                        "<<tool_call")) {
            all.add(Example.of(format, malformed, malformed));
        }
        for (var late :
                List.of(
                        "<tool_call>\n{\"name\": \"f\", \"arguments\": {\"t\": true}",
                        "<tool_call>{\"name\": \"f\", \"arguments\": {\"t\": tru, }}</tool_call>",
                        "See: <tool_call>{\"name\": \"f\", \"arguments\": {t: 1}}</tool_call>")) {
            all.add(Example.broken(format, late, late));
        }
        all.add(
                Example.broken(
                        format,
                        "<tool_call>"
                                + json
                                + "</tool_call><tool_call>{\"name\": \"f\", \"arguments\": {",
                        "<tool_call>{\"name\": \"f\", \"arguments\": {",
                        weather));
    }

    private static void llama(List<Example> all) {
        var format = ToolFormat.LLAMA3_JSON;
        var search = call("search", "{\"query\": \"test\", \"limit\": 10}");
        var json = "{\"name\": \"search\", \"parameters\": {\"query\": \"test\", \"limit\": 10}}";
        all.add(Example.of(format, json, "", search));
        all.add(Example.of(format, "<|python_tag|>" + json, "", search));
        all.add(Example.of(format, "<|python_tag|>\n" + json + ";", "", search));
        all.add(Example.of(format, json.replace("parameters", "arguments"), "", search));
        all.add(Example.of(format, "{\"type\": \"function\", " + json.substring(1), "", search));
        for (var separator : List.of("; ", ";", ";\n", "\n", " ; ", "")) {
            all.add(Example.of(format, json + separator + json, "", search, search));
        }
        all.add(
                Example.of(
                        format,
                        "Here it is: {\"name\": \"f\", \"parameters\": {}} More?",
                        "Here it is: More?",
                        call("f", "{}")));
        all.add(
                Example.of(
                        format,
                        json + " I used {search} for this.",
                        "I used {search} for this.",
                        search));
        all.add(
                Example.of(
                        format,
                        json + " They were {\"query\": \"test\"}",
                        "They were {\"query\": \"test\"}",
                        search));
        all.add(
                Example.of(
                        format,
                        "{\"name\": \"f\", \"parameters\": {\"a\": {\"b\": {\"c\": {\"d\": \"x {y} [z] \\\"q\\\"\"}}}}}",
                        "",
                        call("f", "{\"a\": {\"b\": {\"c\": {\"d\": \"x {y} [z] \\\"q\\\"\"}}}}")));
        for (var malformed :
                List.of(
                        "{\"parameters\": {}}",
                        "{\"name\": \"f\"}",
                        "{hello world[A(A=\t)A(A=,\t",
                        "<|python_tag|>print(1)",
                        "<|python_tag|>",
                        "<|python",
                        "{\"name\": \"f\"")) {
            all.add(Example.of(format, malformed, malformed));
        }
        var late = "{\"name\": \"f\", \"parameters\": {invalid json}";
        all.add(Example.broken(format, late, late));
    }

    private static void pythonic(List<Example> all) {
        var format = ToolFormat.PYTHONIC;
        var weather = call("get_weather", "{\"city\": \"San Francisco\", \"metric\": \"celsius\"}");
        var written = "get_weather(city='San Francisco', metric='celsius')";
        all.add(Example.of(format, "[" + written + "]", "", weather));
        all.add(Example.of(format, "[" + written + ", " + written + "]", "", weather, weather));
        all.add(Example.of(format, "<|python_start|>[" + written + "]<|python_end|>", "", weather));
        all.add(Example.of(format, " \n[ " + written + " ]\n", "", weather));
        all.add(Example.of(format, "[" + written + ",]", "", weather));
        all.add(Example.of(format, "[" + written, "", weather));
        all.add(
                Example.of(
                        format,
                        "[register(name='John Doe', age=37, address={'city': 'SF', \"state\": 'CA'}, role=None, passed=True, aliases=['John', 'Johnny'])]",
                        "",
                        call(
                                "register",
                                "{\"name\": \"John Doe\", \"age\": 37, \"address\": {\"city\": \"SF\", \"state\": \"CA\"}, \"role\": null, \"passed\": true, \"aliases\": [\"John\", \"Johnny\"]}")));
        all.add(Example.of(format, "[f()]", "", call("f", "{}")));
        all.add(Example.of(format, "[a.b.f(x={})]", "", call("a.b.f", "{\"x\": {}}")));
        all.add(Example.of(format, "[f(x=[])]", "", call("f", "{\"x\": []}")));
        all.add(
                Example.of(
                        format,
                        "[f(a='Martha\\'s Vineyard', b='\\\"cool\\\" )]', c=\"it's\", d='a' 'b', e=r'\\n', g='\\n\\x41\\u00e9')]",
                        "",
                        call(
                                "f",
                                "{\"a\": \"Martha's Vineyard\", \"b\": \"\\\"cool\\\" )]\", \"c\": \"it's\", \"d\": \"ab\", \"e\": \"\\\\n\", \"g\": \"\\nAé\"}")));
        all.add(
                Example.of(
                        format,
                        "[f(a=-1, b=+2.50, c=1_000, d=0xff, e=(1, 2), g={1, 2}, h={1: 'x'}, i=true, j=1e3, k=.5)]",
                        "",
                        call(
                                "f",
                                "{\"a\": -1, \"b\": 2.50, \"c\": 1000, \"d\": 255, \"e\": [1, 2], \"g\": [1, 2], \"h\": {\"1\": \"x\"}, \"i\": true, \"j\": 1E+3, \"k\": 0.5}")));
        all.add(Example.of(format, "[bad(x=b'z'), " + written + "]", "[bad(x=b'z')", weather));
        all.add(Example.of(format, "[calc(x=1e999), " + written + "]", "[calc(x=1e999)", weather));
        all.add(
                Example.of(
                        format,
                        "[" + written + ", f(a='x 'y', b='z')]",
                        ", f(a='x 'y', b='z')]",
                        weather));
        all.add(Example.of(format, "[" + written + "] Done.", "Done.", weather));
        for (var malformed :
                List.of(
                        "[1, 2]",
                        "[]",
                        "[Note: this]",
                        "[f(a='x 'y' 'z), g(b='p 'q' 'r)]",
                        "[f(1)]",
                        "[f(a=g(1))]",
                        "[f(a=x)]",
                        "[f(a=1, a=2)]",
                        "[f(a=1 b=2)]",
                        "[f(a=[1)]",
                        "[f(a=01x)]",
                        "[f(a={{{{{{{{{{1}}}}}}}}}}})]",
                        "[f(a=f'{x}')]",
                        "hello world[A(A=\t)A(A=,\t",
                        "text [f(a=1)]",
                        "<|python_start|>x",
                        "[f(a=")) {
            all.add(Example.of(format, malformed, malformed));
        }
    }

    private static void mistral(List<Example> all) {
        var format = ToolFormat.MISTRAL;
        var add = call("add", "{\"a\": 3.5, \"b\": 4}");
        var json = "{\"name\": \"add\", \"arguments\": {\"a\": 3.5, \"b\": 4}}";
        all.add(Example.of(format, "[TOOL_CALLS][" + json + "]", "", add));
        all.add(Example.of(format, "[TOOL_CALLS] [" + json + ", " + json + "]", "", add, add));
        all.add(Example.of(format, "[TOOL_CALLS]" + json, "", add));
        all.add(
                Example.of(
                        format,
                        "[TOOL_CALLS] [{\"arguments\": {\"name\": \"John Doe\"}, \"name\": \"get_age\"}]",
                        "",
                        call("get_age", "{\"name\": \"John Doe\"}")));
        all.add(Example.of(format, "Hello[TOOL_CALLS] [" + json + "]", "Hello", add));
        all.add(
                Example.of(
                        format,
                        "[TOOL_CALLS] [" + json + "]\nextra trailing data",
                        "extra trailing data",
                        add));
        all.add(Example.of(format, "[TOOL_CALLS][{\"name\": \"now\"}]", "", call("now", "{}")));
        all.add(Example.of(format, "[TOOL_CALLS]add{\"a\": 3.5, \"b\": 4}", "", add));
        all.add(Example.of(format, "[TOOL_CALLS]add[ARGS]{\"a\": 3.5, \"b\": 4}", "", add));
        all.add(
                Example.of(
                        format,
                        "[TOOL_CALLS]add[CALL_ID]a1B2c3D4e[ARGS]{\"a\": 3.5, \"b\": 4}</s>",
                        "</s>",
                        add));
        all.add(
                Example.of(
                        format,
                        "hi[TOOL_CALLS]add{\"a\": 3.5, \"b\": 4}[TOOL_CALLS]mul{\"x\": \"[TOOL_CALLS]\"}",
                        "hi",
                        add,
                        call("mul", "{\"x\": \"[TOOL_CALLS]\"}")));
        for (var malformed :
                List.of(
                        "[TOOL_CALLS] not json at all",
                        "[TOOL_CALLS]",
                        "[TOOL_CALLS][]",
                        "[TOOL_CALLS][{\"x\": 1}]",
                        "[TOOL_CALLS][1]",
                        "[TOOL_CALLS]add",
                        "[TOOL_CALLS]a b c!{}",
                        "[TOOL_CA")) {
            all.add(Example.of(format, malformed, malformed));
        }
        for (var late :
                List.of(
                        "[TOOL_CALLS]add{\"a\": 3.5,",
                        "[TOOL_CALLS]add{\"a\"; 1}",
                        "[TOOL_CALLS][{\"name\": \"add\", \"arguments\": {\"a\": ")) {
            all.add(Example.broken(format, late, late));
        }
    }

    private static void qwenCoder(List<Example> all) {
        var format = ToolFormat.QWEN3_CODER;
        var body =
                "<function=f>\n<parameter=s>\nZürich <b>\n5\n</parameter>\n<parameter=n>\n42\n</parameter>\n</function>";
        var called = call("f", "{\"s\": \"Zürich <b>\\n5\", \"n\": 42}");
        all.add(Example.of(format, "<tool_call>\n" + body + "\n</tool_call>", "", called));
        all.add(
                Example.of(
                        format,
                        "I look.\n\n<tool_call>\n" + body + "\n</tool_call>\n<tool_call>" + body,
                        "I look.",
                        called,
                        called));
        all.add(Example.of(format, body, "", called));
        all.add(
                Example.of(
                        format,
                        "<tool_call><function=f><parameter=o>{\"a\": [1]}</parameter><parameter=u>7</parameter><parameter=n>x</parameter></function></tool_call> done",
                        "done",
                        call("f", "{\"o\": {\"a\":[1]}, \"u\": \"7\", \"n\": \"x\"}")));
        all.add(
                Example.of(
                        format,
                        "<tool_call><function=now></function></tool_call>",
                        "",
                        call("now", "{}")));
        for (var malformed :
                List.of(
                        "<tool_call>",
                        "<tool_call>x</tool_call>",
                        "<tool_call><function=f>",
                        "<function=>x</function>",
                        "<tool_call><function=f><parameter=a>1")) {
            all.add(Example.of(format, malformed, malformed));
        }
    }

    @ParameterizedTest
    @MethodSource("examples")
    void aWholeAnswerHasTheCallsAndEverythingElseAsContent(Example example) {
        var answer = WholeAnswer.read(example.answerFormat(), example.answer());
        assertThat(answer.calls()).isEqualTo(example.calls());
        assertThat(answer.content()).isEqualTo(example.content());
    }

    @ParameterizedTest
    @MethodSource("examples")
    void aStreamIsTheSameHoweverItIsCut(Example example) {
        var text = example.answer();
        var whole = streamed(example, List.of(text));
        var characters = text.chars().mapToObj(c -> String.valueOf((char) c)).toList();
        assertThat(streamed(example, characters)).isEqualTo(whole);
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

    /** What a stream has told stays; the rest of a call that breaks is content. */
    @ParameterizedTest
    @MethodSource("examples")
    void aStreamLosesNothingOfACallThatBreaks(Example example) {
        if (example.broken()) {
            var streamed = streamed(example, List.of(example.answer()));
            var broken = streamed.calls().getLast();
            assertThat(example.answer()).contains(broken.arguments()).contains(broken.name());
            assertThat(example.answer()).endsWith(broken.arguments() + rest(example, broken));
            assertThat(streamed.content()).endsWith(rest(example, broken));
        }
    }

    private static String rest(Example example, Call broken) {
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
        assertThat(answer.calls()).containsExactly(call("f", "{\"a\": 1}"));
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

    private record Streamed(String content, List<Call> calls) {}

    /** Joins the deltas of a stream by the index of their call, as clients do. */
    private static Streamed streamed(Example example, List<String> pieces) {
        var reader = example.answerFormat().reader();
        var parts = new ArrayList<AnswerPart>();
        pieces.forEach(piece -> parts.addAll(reader.add(piece)));
        parts.addAll(reader.end());
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
