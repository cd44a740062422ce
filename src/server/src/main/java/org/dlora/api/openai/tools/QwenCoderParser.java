package org.dlora.api.openai.tools;

import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Parser of {@code <tool_call><function=f><parameter=a>…</parameter></function></tool_call>}, as
 * Qwen3-Coder writes calls. A parameter's value is text; it is read as JSON where the function's
 * schema says that it is no string. A call is told once it is whole.
 *
 * <p>Format: vLLM's {@code qwen3_coder} parser.
 */
final class QwenCoderParser implements ToolCallParser {
    private static final JsonMapper JSON = new JsonMapper();
    private static final String OPEN = "<tool_call>";
    private static final String CLOSE = "</tool_call>";
    private static final String FUNCTION = "<function=";
    private static final String END = "</function>";
    private static final Pattern HEAD = Pattern.compile("<function=([^>\\s]{1,256})>");
    private static final Pattern PARAMETER =
            Pattern.compile(
                    "<parameter=([^>]{1,256})>\\n?(.*?)\\n?(?:</parameter>|(?=<parameter=)|$)",
                    Pattern.DOTALL);

    private final Map<String, JsonNode> schemas;
    private final TagSearch search = new TagSearch(OPEN, CLOSE, FUNCTION);
    private final StringBuilder passed = new StringBuilder();

    /** Text from the opening tag on; empty outside of calls. */
    private final StringBuilder call = new StringBuilder();

    private boolean isInFunction;
    private boolean isUnclosed;

    /**
     * @param schemas of the functions' parameters, by name
     */
    QwenCoderParser(Map<String, JsonNode> schemas) {
        this.schemas = schemas;
    }

    @Override
    public void add(char c, PartSink sink) {
        if (isInFunction) {
            call.append(c);
            if (c == '>' && isAtEnd()) {
                tell(sink);
            }
            return;
        }
        var tag = search.add(c, passed);
        text(sink);
        if (tag == null) {
            return;
        }
        if (tag.equals(CLOSE)) {
            close(sink);
        } else {
            if (tag.equals(OPEN)) {
                abandon(sink);
            }
            call.append(tag);
            isInFunction = tag.equals(FUNCTION);
        }
    }

    private boolean isAtEnd() {
        int from = call.length() - END.length();
        return from >= 0 && call.indexOf(END, from) == from;
    }

    /** Handles text between tags: after an opening tag it may be blank alone. */
    private void text(PartSink sink) {
        if (call.isEmpty()) {
            sink.content(passed);
        } else {
            call.append(passed);
            if (!passed.toString().isBlank()) {
                abandon(sink);
            }
        }
        passed.setLength(0);
    }

    private void close(PartSink sink) {
        if (!isUnclosed || !call.isEmpty()) {
            call.append(CLOSE);
            abandon(sink);
        }
        isUnclosed = false;
    }

    private void tell(PartSink sink) {
        int from = call.indexOf(FUNCTION);
        var head = HEAD.matcher(call).region(from, call.length());
        isInFunction = false;
        if (!head.lookingAt()) {
            abandon(sink);
            return;
        }
        var name = head.group(1);
        sink.begin(name);
        sink.arguments(arguments(name, call.substring(head.end(), call.length() - END.length())));
        call.setLength(0);
        isUnclosed = true;
    }

    private String arguments(String function, String body) {
        return PARAMETER
                .matcher(body)
                .results()
                .map(one ->
                        PythonLiteral.quote(one.group(1))
                                + ": "
                                + value(function, one.group(1), one.group(2)))
                .collect(Collectors.joining(", ", "{", "}"));
    }

    private String value(String function, String parameter, String text) {
        var schema = schemas.get(function);
        var type = schema == null ? null : schema.path("properties").path(parameter).get("type");
        boolean isText = type == null || text.isBlank() || type.toString().contains("\"string\"");
        if (isText) {
            return PythonLiteral.quote(text);
        }
        try {
            return JSON.readTree(text.strip()).toString();
        } catch (JacksonException _) {
            return PythonLiteral.quote(text);
        }
    }

    private void abandon(PartSink sink) {
        sink.abandon(false, true, call);
        call.setLength(0);
        isInFunction = false;
    }

    @Override
    public void end(PartSink sink) {
        boolean isCall = !call.isEmpty();
        call.append(search.rest());
        if (!isCall && !isUnclosed) {
            sink.content(call);
        } else if (!isUnclosed || !CLOSE.startsWith(call.toString().strip())) {
            abandon(sink);
        }
    }
}
