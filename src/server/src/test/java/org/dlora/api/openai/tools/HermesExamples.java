package org.dlora.api.openai.tools;

import static org.dlora.api.openai.tools.ParserExample.call;

import java.util.ArrayList;
import java.util.List;

/** Answers of Hermes and Qwen. */
final class HermesExamples {
    private HermesExamples() {}

    static List<ParserExample> all() {
        var all = new ArrayList<ParserExample>();
        var format = ToolFormat.HERMES;
        var weather = call("get_weather", "{\"city\": \"Zürich\", \"unit\": \"celsius\"}");
        var json =
                "{\"name\": \"get_weather\", \"arguments\": {\"city\": \"Zürich\", \"unit\": \"celsius\"}}";
        all.add(ParserExample.of(format, "<tool_call>\n" + json + "\n</tool_call>", "", weather));
        all.add(ParserExample.of(format, "<tool_call>" + json + "</tool_call>", "", weather));
        all.add(ParserExample.of(format, "<tool_call>\n" + json, "", weather));
        all.add(ParserExample.of(format, "<tool_call>" + json + "\n</tool_ca", "", weather));
        all.add(
                ParserExample.of(
                        format,
                        "Let me see.\n<tool_call>" + json + "</tool_call>\n",
                        "Let me see.",
                        weather));
        all.add(
                ParserExample.of(
                        format,
                        "<tool_call>" + json + "</tool_call>\n<tool_call>" + json + "</tool_call>",
                        "",
                        weather,
                        weather));
        all.add(
                ParserExample.of(
                        format,
                        "A <tool_call>" + json + "</tool_call> and then B",
                        "A and then B",
                        weather));
        all.add(
                ParserExample.of(
                        format,
                        "<tool_call>{\"arguments\": {\"a\": [1, 2.5e3, -0.1, true, null]}, \"id\": 7, \"name\": \"f\"}</tool_call>",
                        "",
                        call("f", "{\"a\": [1, 2.5e3, -0.1, true, null]}")));
        all.add(
                ParserExample.of(
                        format,
                        "<tool_call>{\"name\": \"f\", \"arguments\": {\"t\": \"</tool_call> \\\" \\u00e9 {\"}}</tool_call>",
                        "",
                        call("f", "{\"t\": \"</tool_call> \\\" \\u00e9 {\"}")));
        all.add(
                ParserExample.of(
                        format,
                        "<tool_call>{\"name\": \"f\", \"arguments\": \"{\\\"p\\\": \\\"m\\\"}\"}</tool_call>",
                        "",
                        call("f", "{\"p\": \"m\"}")));
        all.add(
                ParserExample.of(
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
            all.add(ParserExample.of(format, malformed, malformed));
        }
        for (var late :
                List.of(
                        "<tool_call>\n{\"name\": \"f\", \"arguments\": {\"t\": true}",
                        "<tool_call>{\"name\": \"f\", \"arguments\": {\"t\": tru, }}</tool_call>",
                        "See: <tool_call>{\"name\": \"f\", \"arguments\": {t: 1}}</tool_call>")) {
            all.add(ParserExample.broken(format, late, late));
        }
        all.add(
                ParserExample.broken(
                        format,
                        "<tool_call>"
                                + json
                                + "</tool_call><tool_call>{\"name\": \"f\", \"arguments\": {",
                        "<tool_call>{\"name\": \"f\", \"arguments\": {",
                        weather));
        return all;
    }
}
