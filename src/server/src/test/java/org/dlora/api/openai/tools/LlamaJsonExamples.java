package org.dlora.api.openai.tools;

import static org.dlora.api.openai.tools.ParserExample.call;

import java.util.ArrayList;
import java.util.List;

/** Answers of Llama 3. */
final class LlamaJsonExamples {
    private LlamaJsonExamples() {}

    static List<ParserExample> all() {
        var all = new ArrayList<ParserExample>();
        var format = ToolFormat.LLAMA3_JSON;
        var search = call("search", "{\"query\": \"test\", \"limit\": 10}");
        var json = "{\"name\": \"search\", \"parameters\": {\"query\": \"test\", \"limit\": 10}}";
        all.add(ParserExample.of(format, json, "", search));
        all.add(ParserExample.of(format, "<|python_tag|>" + json, "", search));
        all.add(ParserExample.of(format, "<|python_tag|>\n" + json + ";", "", search));
        all.add(ParserExample.of(format, json.replace("parameters", "arguments"), "", search));
        all.add(
                ParserExample.of(
                        format, "{\"type\": \"function\", " + json.substring(1), "", search));
        for (var separator : List.of("; ", ";", ";\n", "\n", " ; ", "")) {
            all.add(ParserExample.of(format, json + separator + json, "", search, search));
        }
        all.add(
                ParserExample.of(
                        format,
                        "Here it is: {\"name\": \"f\", \"parameters\": {}} More?",
                        "Here it is: More?",
                        call("f", "{}")));
        all.add(
                ParserExample.of(
                        format,
                        json + " I used {search} for this.",
                        "I used {search} for this.",
                        search));
        all.add(
                ParserExample.of(
                        format,
                        json + " They were {\"query\": \"test\"}",
                        "They were {\"query\": \"test\"}",
                        search));
        all.add(
                ParserExample.of(
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
            all.add(ParserExample.of(format, malformed, malformed));
        }
        var late = "{\"name\": \"f\", \"parameters\": {invalid json}";
        all.add(ParserExample.broken(format, late, late));
        return all;
    }
}
