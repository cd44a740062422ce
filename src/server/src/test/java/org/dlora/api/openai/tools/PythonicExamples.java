package org.dlora.api.openai.tools;

import static org.dlora.api.openai.tools.ParserExample.call;

import java.util.ArrayList;
import java.util.List;

/** Answers of Llama 3.2 and 4. */
final class PythonicExamples {
    private PythonicExamples() {}

    static List<ParserExample> all() {
        var all = new ArrayList<ParserExample>();
        var format = ToolFormat.PYTHONIC;
        var weather = call("get_weather", "{\"city\": \"San Francisco\", \"metric\": \"celsius\"}");
        var written = "get_weather(city='San Francisco', metric='celsius')";
        all.add(ParserExample.of(format, "[" + written + "]", "", weather));
        all.add(
                ParserExample.of(
                        format, "[" + written + ", " + written + "]", "", weather, weather));
        all.add(
                ParserExample.of(
                        format, "<|python_start|>[" + written + "]<|python_end|>", "", weather));
        all.add(ParserExample.of(format, " \n[ " + written + " ]\n", "", weather));
        all.add(ParserExample.of(format, "[" + written + ",]", "", weather));
        all.add(ParserExample.of(format, "[" + written, "", weather));
        all.add(
                ParserExample.of(
                        format,
                        "[register(name='John Doe', age=37, address={'city': 'SF', \"state\": 'CA'}, role=None, passed=True, aliases=['John', 'Johnny'])]",
                        "",
                        call(
                                "register",
                                "{\"name\": \"John Doe\", \"age\": 37, \"address\": {\"city\": \"SF\", \"state\": \"CA\"}, \"role\": null, \"passed\": true, \"aliases\": [\"John\", \"Johnny\"]}")));
        all.add(ParserExample.of(format, "[f()]", "", call("f", "{}")));
        all.add(ParserExample.of(format, "[a.b.f(x={})]", "", call("a.b.f", "{\"x\": {}}")));
        all.add(ParserExample.of(format, "[f(x=[])]", "", call("f", "{\"x\": []}")));
        all.add(
                ParserExample.of(
                        format,
                        "[f(a='Martha\\'s Vineyard', b='\\\"cool\\\" )]', c=\"it's\", d='a' 'b', e=r'\\n', g='\\n\\x41\\u00e9')]",
                        "",
                        call(
                                "f",
                                "{\"a\": \"Martha's Vineyard\", \"b\": \"\\\"cool\\\" )]\", \"c\": \"it's\", \"d\": \"ab\", \"e\": \"\\\\n\", \"g\": \"\\nAé\"}")));
        all.add(
                ParserExample.of(
                        format,
                        "[f(a=-1, b=+2.50, c=1_000, d=0xff, e=(1, 2), g={1, 2}, h={1: 'x'}, i=true, j=1e3, k=.5)]",
                        "",
                        call(
                                "f",
                                "{\"a\": -1, \"b\": 2.50, \"c\": 1000, \"d\": 255, \"e\": [1, 2], \"g\": [1, 2], \"h\": {\"1\": \"x\"}, \"i\": true, \"j\": 1E+3, \"k\": 0.5}")));
        all.add(
                ParserExample.of(
                        format, "[bad(x=b'z'), " + written + "]", "[bad(x=b'z')", weather));
        all.add(
                ParserExample.of(
                        format, "[calc(x=1e999), " + written + "]", "[calc(x=1e999)", weather));
        all.add(
                ParserExample.of(
                        format,
                        "[" + written + ", f(a='x 'y', b='z')]",
                        ", f(a='x 'y', b='z')]",
                        weather));
        all.add(ParserExample.of(format, "[" + written + "] Done.", "Done.", weather));
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
            all.add(ParserExample.of(format, malformed, malformed));
        }
        return all;
    }
}
