package org.dlora.api.openai.chat;

import java.util.List;
import org.dlora.api.web.ApiException;
import org.dlora.api.web.Fields;
import org.springframework.util.StringUtils;
import tools.jackson.databind.JsonNode;

/** Functions that a model may or must call: {@code tool_choice}. */
sealed interface ToolChoice {

    /** None. */
    record None() implements ToolChoice {}

    /** The model decides. */
    record Auto() implements ToolChoice {}

    /** The model must call one function or more. */
    record Required() implements ToolChoice {}

    /** The function {@code name}, once. */
    record Named(String name) implements ToolChoice {}

    /** Reads the choice among {@code tools}, which may be empty. */
    static ToolChoice read(Fields fields, List<ToolDefinition> tools) {
        var node = fields.any("tool_choice").orElse(null);
        if (node == null) {
            return tools.isEmpty() ? new None() : new Auto();
        }
        var choice = node.isString() ? mode(node) : named(node);
        if (tools.isEmpty() && !(choice instanceof None)) {
            throw ApiException.invalid(
                    "tool_choice",
                    "'tool_choice' needs 'tools': give the functions that there are.");
        }
        if (choice instanceof Named(String name)
                && tools.stream().noneMatch(tool -> tool.name().equals(name))) {
            throw ApiException.invalid(
                    "tool_choice.function.name",
                    "'tool_choice' names the function '%s', but 'tools' has %s."
                            .formatted(
                                    StringUtils.truncate(name),
                                    String.join(
                                            ", ",
                                            tools.stream()
                                                    .limit(10)
                                                    .map(ToolDefinition::name)
                                                    .toList())));
        }
        return choice;
    }

    private static ToolChoice mode(JsonNode node) {
        return switch (node.stringValue()) {
            case "none" -> new None();
            case "auto" -> new Auto();
            case "required" -> new Required();
            default -> throw wrong(node);
        };
    }

    private static ToolChoice named(JsonNode node) {
        if (!node.isObject()) {
            throw wrong(node);
        }
        var fields = Fields.at("tool_choice", node);
        var type = fields.text("type").orElse("function");
        if (!type.equals("function")) {
            throw ApiException.unsupported(
                    "tool_choice.type",
                    "give {\"type\": \"function\", \"function\": {\"name\": …}}, not the type '"
                            + StringUtils.truncate(type)
                            + "'");
        }
        var path = "tool_choice.function";
        var function =
                Fields.at(path, fields.required("function", "an object with the function's name"));
        var name = Fields.text(path + ".name", function.required("name", "a function of 'tools'"));
        function.end();
        fields.end();
        return new Named(name);
    }

    private static ApiException wrong(JsonNode node) {
        return Fields.wrong(
                "tool_choice",
                "\"none\", \"auto\", \"required\" or {\"type\": \"function\", \"function\": {\"name\": …}}",
                node);
    }
}
