package org.dlora.api.openai.responses;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.dlora.api.web.ApiException;
import org.dlora.api.web.Fields;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Reader of {@code tools} and {@code tool_choice}, which a chat has in another form. */
final class ToolFields {
    private static final String FUNCTION = "function";

    /** Choices that say nothing where there are no tools. */
    private static final Set<String> HARMLESS = Set.of("auto", "none");

    private ToolFields() {}

    /**
     * Adds the tools of a call to a chat.
     *
     * @return the tools as the call has them
     * @throws ApiException if one is not a function
     */
    static List<Object> tools(Fields fields, ObjectNode chat) {
        var given = fields.array("tools").orElse(null);
        if (given == null || given.isEmpty()) {
            return List.of();
        }
        var tools = chat.putArray("tools");
        var echo = new ArrayList<Object>();
        for (int i = 0; i < given.size(); i++) {
            var path = "tools[" + i + "]";
            var tool = Fields.at(path, given.get(i));
            requireFunction(path, tool);
            var function = (ObjectNode) given.get(i).deepCopy();
            echo.add(given.get(i));
            function.remove("type");
            function.removeIf(JsonNode::isNull);
            tools.addObject().put("type", FUNCTION).set(FUNCTION, function);
        }
        return echo;
    }

    private static void requireFunction(String path, Fields tool) {
        var type = Fields.text(path + ".type", tool.required("type", "'function'"));
        if (!type.equals(FUNCTION)) {
            throw ApiException.unsupported(
                    path + ".type", "tools are functions of the client, not '" + type + "'");
        }
    }

    /** Adds the choice of a tool to a chat with its tools, and returns it as the call has it. */
    static Object choice(Fields fields, ObjectNode chat) {
        var given = fields.any("tool_choice").orElse(null);
        if (given == null) {
            return "auto";
        }
        boolean isHarmless = given.isString() && HARMLESS.contains(given.stringValue());
        if (chat.has("tools") || !isHarmless) {
            chat.set("tool_choice", given.isString() ? given : named(given, chat));
        }
        return given;
    }

    private static JsonNode named(JsonNode given, ObjectNode chat) {
        var choice = Fields.at("tool_choice", given);
        requireFunction("tool_choice", choice);
        var name =
                Fields.text("tool_choice.name", choice.required("name", "the name of a function"));
        choice.end();
        var named = chat.objectNode().put("type", FUNCTION);
        named.putObject(FUNCTION).put("name", name);
        return named;
    }
}
