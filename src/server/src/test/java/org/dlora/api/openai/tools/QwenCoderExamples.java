package org.dlora.api.openai.tools;

import static org.dlora.api.openai.tools.ParserExample.call;

import java.util.ArrayList;
import java.util.List;

/** Answers of Qwen3-Coder. */
final class QwenCoderExamples {
    private QwenCoderExamples() {}

    static List<ParserExample> all() {
        var all = new ArrayList<ParserExample>();
        var format = ToolFormat.QWEN3_CODER;
        var body =
                "<function=f>\n<parameter=s>\nZürich <b>\n5\n</parameter>\n<parameter=n>\n42\n</parameter>\n</function>";
        var called = call("f", "{\"s\": \"Zürich <b>\\n5\", \"n\": 42}");
        all.add(ParserExample.of(format, "<tool_call>\n" + body + "\n</tool_call>", "", called));
        all.add(
                ParserExample.of(
                        format,
                        "I look.\n\n<tool_call>\n" + body + "\n</tool_call>\n<tool_call>" + body,
                        "I look.",
                        called,
                        called));
        all.add(ParserExample.of(format, body, "", called));
        all.add(
                ParserExample.of(
                        format,
                        "<tool_call><function=f><parameter=o>{\"a\": [1]}</parameter><parameter=u>7</parameter><parameter=n>x</parameter></function></tool_call> done",
                        "done",
                        call("f", "{\"o\": {\"a\":[1]}, \"u\": \"7\", \"n\": \"x\"}")));
        all.add(
                ParserExample.of(
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
            all.add(ParserExample.of(format, malformed, malformed));
        }
        return all;
    }
}
