package org.dlora.api.openai.tools;

import static org.dlora.api.openai.tools.ParserExample.call;

import java.util.ArrayList;
import java.util.List;

/** Answers of Mistral's models, older and newer ones. */
final class MistralExamples {
    private MistralExamples() {}

    static List<ParserExample> all() {
        var all = new ArrayList<ParserExample>();
        var format = ToolFormat.MISTRAL;
        var add = call("add", "{\"a\": 3.5, \"b\": 4}");
        var json = "{\"name\": \"add\", \"arguments\": {\"a\": 3.5, \"b\": 4}}";
        all.add(ParserExample.of(format, "[TOOL_CALLS][" + json + "]", "", add));
        all.add(
                ParserExample.of(
                        format, "[TOOL_CALLS] [" + json + ", " + json + "]", "", add, add));
        all.add(ParserExample.of(format, "[TOOL_CALLS]" + json, "", add));
        all.add(
                ParserExample.of(
                        format,
                        "[TOOL_CALLS] [{\"arguments\": {\"name\": \"John Doe\"}, \"name\": \"get_age\"}]",
                        "",
                        call("get_age", "{\"name\": \"John Doe\"}")));
        all.add(ParserExample.of(format, "Hello[TOOL_CALLS] [" + json + "]", "Hello", add));
        all.add(
                ParserExample.of(
                        format,
                        "[TOOL_CALLS] [" + json + "]\nextra trailing data",
                        "extra trailing data",
                        add));
        all.add(
                ParserExample.of(
                        format, "[TOOL_CALLS][{\"name\": \"now\"}]", "", call("now", "{}")));
        all.add(ParserExample.of(format, "[TOOL_CALLS]add{\"a\": 3.5, \"b\": 4}", "", add));
        all.add(ParserExample.of(format, "[TOOL_CALLS]add[ARGS]{\"a\": 3.5, \"b\": 4}", "", add));
        all.add(
                ParserExample.of(
                        format,
                        "[TOOL_CALLS]add[CALL_ID]a1B2c3D4e[ARGS]{\"a\": 3.5, \"b\": 4}</s>",
                        "</s>",
                        add));
        all.add(
                ParserExample.of(
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
            all.add(ParserExample.of(format, malformed, malformed));
        }
        for (var late :
                List.of(
                        "[TOOL_CALLS]add{\"a\": 3.5,",
                        "[TOOL_CALLS]add{\"a\"; 1}",
                        "[TOOL_CALLS][{\"name\": \"add\", \"arguments\": {\"a\": ")) {
            all.add(ParserExample.broken(format, late, late));
        }
        return all;
    }
}
