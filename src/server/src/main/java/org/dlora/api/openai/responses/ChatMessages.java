package org.dlora.api.openai.responses;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.dlora.api.web.ApiException;
import org.jspecify.annotations.Nullable;
import org.springframework.util.StringUtils;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Converter of items into the messages of a chat. */
final class ChatMessages {
    private final ArrayNode messages = JsonNodeFactory.instance.arrayNode();

    /** Calls of the latest answer, by their ids. */
    private final Set<String> calls = new HashSet<>();

    private ChatMessages() {}

    /**
     * Returns the messages of a conversation.
     *
     * @param instructions first message of the system; null for none
     * @param items in their full form
     * @throws ApiException if the result of a call does not follow the answer with that call
     */
    static ArrayNode of(@Nullable String instructions, List<ObjectNode> items) {
        var all = new ChatMessages();
        if (instructions != null) {
            addText(all.begin("system"), instructions);
        }
        items.forEach(all::add);
        return all.messages;
    }

    private void add(ObjectNode item) {
        switch (item.get("type").asString()) {
            case "message" -> message(item);
            case "function_call" -> call(item);
            case "function_call_output" -> output(item);
            // Reasoning, which templates leave out of earlier answers.
            default -> {}
        }
    }

    /** Returns whether an item is a call that broke; text after it has the rest of it. */
    private static boolean isIncomplete(ObjectNode item) {
        return item.path("status").asString("").equals("incomplete");
    }

    private void message(ObjectNode item) {
        var message =
                switch (item.get("role").asString()) {
                    case "assistant" -> answer();
                    // Templates know no developers.
                    case "developer" -> begin("system");
                    case String role -> begin(role);
                };
        for (var part : item.get("content")) {
            addText(message, part.get("text").asString());
        }
    }

    private static void addText(ObjectNode message, String text) {
        ((ArrayNode) message.get("content")).addObject().put("type", "text").put("text", text);
    }

    private void call(ObjectNode item) {
        if (isIncomplete(item)) {
            return;
        }
        var message = answer();
        var id = item.get("call_id").asString();
        calls.add(id);
        message.withArrayProperty("tool_calls")
                .addObject()
                .put("id", id)
                .put("type", "function")
                .putObject("function")
                .put("name", item.get("name").asString())
                .put("arguments", item.get("arguments").asString());
    }

    private void output(ObjectNode item) {
        var id = item.get("call_id").asString();
        if (!calls.contains(id)) {
            throw ApiException.invalid(
                    "input",
                    "'input' has the output of the call '%s', but no 'function_call' with that 'call_id' is in the answer before it."
                            .formatted(StringUtils.truncate(id)));
        }
        addText(add("tool").put("tool_call_id", id), item.get("output").asString());
    }

    /** Returns the answer that all items of the model are parts of until another's comes. */
    private ObjectNode answer() {
        var last = messages.isEmpty() ? null : (ObjectNode) messages.get(messages.size() - 1);
        return last != null && last.get("role").asString().equals("assistant")
                ? last
                : begin("assistant");
    }

    private ObjectNode begin(String role) {
        calls.clear();
        return add(role);
    }

    private ObjectNode add(String role) {
        var message = messages.addObject().put("role", role);
        message.putArray("content");
        return message;
    }
}
