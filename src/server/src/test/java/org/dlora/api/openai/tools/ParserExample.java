package org.dlora.api.openai.tools;

import java.util.List;
import java.util.Map;
import org.dlora.api.openai.tools.WholeAnswer.Call;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * An answer, and what a whole answer makes of it.
 *
 * @param broken whether a stream has told of a call before it turned out to be none
 */
record ParserExample(
        ToolFormat format, String answer, String content, List<Call> calls, boolean broken) {
    private static final JsonMapper JSON = new JsonMapper();
    private static final Map<String, JsonNode> SCHEMAS =
            Map.of(
                    "f",
                    JSON.readTree(
                            "{\"properties\": {\"n\": {\"type\": \"integer\"}, \"o\": {\"type\": \"object\"}, \"s\": {\"type\": [\"string\", \"null\"]}}}"));

    static ParserExample of(ToolFormat format, String answer, String content, Call... calls) {
        return new ParserExample(format, answer, content, List.of(calls), false);
    }

    static ParserExample broken(ToolFormat format, String answer, String content, Call... calls) {
        return new ParserExample(format, answer, content, List.of(calls), true);
    }

    static Call call(String name, String arguments) {
        return new Call(name, arguments);
    }

    AnswerFormat answerFormat() {
        return new AnswerFormat(Thinking.NONE, new CallMode.Auto(format, SCHEMAS), true, false);
    }

    @Override
    public String toString() {
        return format + ": " + answer;
    }
}
