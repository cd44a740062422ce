package org.dlora.api.openai.responses;

import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Converter of items into the messages of a chat. */
final class ChatMessages {
    private final ArrayNode messages = JsonNodeFactory.instance.arrayNode();

    private ChatMessages() {}

    /**
     * Returns the messages of a conversation.
     *
     * @param instructions first message of the system; null for none
     * @param items in their full form
     */
    static ArrayNode of(@Nullable String instructions, List<ObjectNode> items) {
        var all = new ChatMessages();
        if (instructions != null) {
            all.begin("system").put("content", instructions);
        }
        items.forEach(all::add);
        return all.messages;
    }

    private void add(ObjectNode item) {
        switch (item.get("type").asString()) {
            case "message" -> message(item);
            case "function_call" -> call(item);
            case "function_call_output" ->
                    begin("tool")
                            .put("tool_call_id", item.get("call_id").asString())
                            .put("content", item.get("output").asString());
            // Reasoning, which templates leave out of earlier answers.
            default -> {}
        }
    }

    private void message(ObjectNode item) {
        var role = item.get("role").asString();
        // Templates know no developers.
        var message = begin(role.equals("developer") ? "system" : role);
        var content = item.get("content");
        if (content.size() == 1) {
            message.put("content", content.get(0).get("text").asString());
            return;
        }
        var parts = message.putArray("content");
        for (var part : content) {
            parts.addObject().put("type", "text").put("text", part.get("text").asString());
        }
    }

    /** Adds a call to the answer that it is a part of. */
    private void call(ObjectNode item) {
        var last = messages.isEmpty() ? null : (ObjectNode) messages.get(messages.size() - 1);
        var message =
                last != null && last.get("role").asString().equals("assistant")
                        ? last
                        : begin("assistant").putNull("content");
        var calls =
                message.get("tool_calls") instanceof ArrayNode some
                        ? some
                        : message.putArray("tool_calls");
        calls.addObject()
                .put("id", item.get("call_id").asString())
                .put("type", "function")
                .putObject("function")
                .put("name", item.get("name").asString())
                .put("arguments", item.get("arguments").asString());
    }

    private ObjectNode begin(String role) {
        return messages.addObject().put("role", role);
    }
}
