package org.dlora.api.openai.chat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.dlora.api.web.ApiException;
import org.dlora.api.web.Fields;
import org.dlora.api.web.Json;
import org.springframework.util.StringUtils;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Tool calls and their results in the messages of a chat. Chat templates read arguments as an
 * object, where clients send JSON in a string.
 */
final class ToolMessages {
    private static final JsonMapper JSON = new JsonMapper();

    private ToolMessages() {}

    /**
     * Reads {@code tool_calls} of a message into {@code message}; an empty array is as none.
     *
     * @param path of the message, for errors
     */
    static void read(String path, Fields fields, Map<String, Object> message) {
        var calls = fields.any("tool_calls").orElse(null);
        message.remove("tool_calls");
        if (calls == null || (calls.isContainer() && calls.isEmpty())) {
            return;
        }
        if (!"assistant".equals(message.get("role"))) {
            throw ApiException.invalid(
                    path + ".tool_calls",
                    "'%s.tool_calls' is allowed in messages of the role 'assistant' only."
                            .formatted(path));
        }
        var array = Fields.array(path + ".tool_calls", calls);
        var read = new ArrayList<Map<String, Object>>();
        for (int i = 0; i < array.size(); i++) {
            read.add(call(path + ".tool_calls[" + i + "]", array.get(i)));
        }
        message.put("tool_calls", read);
    }

    private static Map<String, Object> call(String path, JsonNode node) {
        var fields = Fields.at(path, node);
        var type = fields.text("type").orElse("function");
        if (!type.equals("function")) {
            throw ApiException.unsupported(
                    path + ".type",
                    "calls are of functions, not '" + StringUtils.truncate(type) + "'");
        }
        var call = new LinkedHashMap<String, Object>();
        fields.text("id").ifPresent(id -> call.put("id", id));
        call.put("type", "function");
        var function =
                Fields.at(
                        path + ".function",
                        fields.required("function", "an object with name and arguments"));
        var called = new LinkedHashMap<String, Object>();
        called.put(
                "name",
                Fields.text(
                        path + ".function.name",
                        function.required("name", "the function that was called")));
        called.put("arguments", arguments(path + ".function.arguments", function));
        call.put("function", called);
        return call;
    }

    /**
     * Returns arguments as a map. What is no JSON object is an empty one, as with vLLM: a model may
     * have written it, and the conversation has to go on.
     */
    private static Map<String, Object> arguments(String path, Fields function) {
        var node = function.any("arguments").orElse(null);
        if (node == null) {
            return Map.of();
        }
        if (node instanceof ObjectNode object) {
            return Json.values(object);
        }
        var text = Fields.text(path, node);
        try {
            return JSON.readTree(text) instanceof ObjectNode object
                    ? Json.values(object)
                    : Map.of();
        } catch (JacksonException _) {
            return Map.of();
        }
    }

    /**
     * Checks that each result follows the call that it belongs to, with other results between them
     * at most.
     *
     * @throws ApiException with status 400 if one does not
     */
    static void checkOrder(List<Map<String, Object>> messages) {
        Set<String> open = Set.of();
        boolean isAfterCalls = false;
        for (int i = 0; i < messages.size(); i++) {
            var message = messages.get(i);
            if (!"tool".equals(message.get("role"))) {
                isAfterCalls = message.get("tool_calls") instanceof List<?>;
                open = message.get("tool_calls") instanceof List<?> calls ? ids(calls) : Set.of();
                continue;
            }
            var path = "messages[" + i + "]";
            if (!isAfterCalls) {
                throw ApiException.invalid(
                        path + ".role",
                        "'%s' has the role 'tool', but no message with 'tool_calls' is before it."
                                .formatted(path));
            }
            if (message.get("tool_call_id") instanceof String id
                    && !open.isEmpty()
                    && !open.contains(id)) {
                throw ApiException.invalid(
                        path + ".tool_call_id",
                        "'%s.tool_call_id' is '%s', which no call of the message before has."
                                .formatted(path, StringUtils.truncate(id)));
            }
        }
    }

    private static Set<String> ids(List<?> calls) {
        var ids = new HashSet<String>();
        for (var call : calls) {
            if (call instanceof Map<?, ?> members && members.get("id") instanceof String id) {
                ids.add(id);
            }
        }
        return ids;
    }
}
