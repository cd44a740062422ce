package org.dlora.api.openai.chat;

import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.dlora.api.openai.call.SelectedModel;
import org.dlora.api.web.ApiException;
import org.dlora.api.web.Fields;
import org.dlora.api.web.Json;
import org.dlora.template.sandbox.TemplateException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.node.StringNode;

/**
 * The messages of a chat request, as chat templates read them. Each message is a map whose {@code
 * content} is one string. Text parts are joined by line breaks, as vLLM does for templates that
 * expect a string. Other members go to the template as they are.
 */
public record Conversation(List<Map<String, Object>> messages) {

    public static Conversation read(Fields fields) {
        var array = Fields.array("messages", fields.required("messages", "an array of messages"));
        if (array.isEmpty()) {
            throw ApiException.invalid("messages", "'messages' must have at least one message.");
        }
        var messages = new ArrayList<Map<String, Object>>();
        for (int i = 0; i < array.size(); i++) {
            messages.add(message("messages[" + i + "]", array.get(i)));
        }
        ToolMessages.checkOrder(messages);
        return new Conversation(messages);
    }

    /** Returns whether the last message is the result of a tool call. */
    boolean followsResult() {
        return "tool".equals(messages.getLast().get("role"));
    }

    /**
     * Returns the prompt that the model's chat template makes of the conversation.
     *
     * @throws ApiException with status 400 if there is no template, or if it refuses the messages
     */
    public String render(
            SelectedModel selected, AnswerOpening opening, Map<String, Object> extra, Clock clock) {
        var format =
                selected.chat()
                        .orElseThrow(() ->
                                ApiException.invalid(
                                        "messages",
                                        "The model '"
                                                + selected.served().name()
                                                + "' has no chat template; use /v1/completions."));
        try {
            var all = selected.messages(messages);
            return opening.continuesLast()
                    ? OpenEndedPrompt.render(all, open -> format.render(open, false, extra, clock))
                    : format.render(all, opening.addGenerationPrompt(), extra, clock);
        } catch (TemplateException e) {
            throw ApiException.invalid(
                    "messages",
                    "The model's chat template refuses the messages: " + e.getMessage());
        }
    }

    private static Map<String, Object> message(String path, JsonNode node) {
        if (!(node instanceof ObjectNode object)) {
            throw Fields.wrong(path, "an object", node);
        }
        var fields = Fields.at(path, object);
        var role = Fields.text(path + ".role", fields.required("role", "a string such as 'user'"));
        if (role.isEmpty()) {
            throw ApiException.invalid(path + ".role", "'" + path + ".role' must not be empty.");
        }
        for (var name : List.of("function_call", "audio")) {
            fields.unsupported(name, "messages are text", JsonNode::isEmpty);
        }
        var message = new LinkedHashMap<>(Json.values(object));
        message.values().removeIf(Objects::isNull);
        ToolMessages.read(path, fields, message);
        var content =
                message.containsKey("tool_calls")
                        ? fields.any("content").orElse(StringNode.valueOf(""))
                        : fields.required("content", "a string or text parts");
        message.put("content", content(path + ".content", content));
        return message;
    }

    private static String content(String path, JsonNode node) {
        if (node.isString()) {
            return node.stringValue();
        }
        if (!(node instanceof ArrayNode parts)) {
            throw Fields.wrong(path, "a string or an array of text parts", node);
        }
        var texts = new ArrayList<String>();
        for (int i = 0; i < parts.size(); i++) {
            texts.add(part(path + "[" + i + "]", parts.get(i)));
        }
        return String.join("\n", texts);
    }

    private static String part(String path, JsonNode node) {
        var fields = Fields.at(path, node);
        var type = Fields.text(path + ".type", fields.required("type", "'text'"));
        if (!type.equals("text")) {
            throw ApiException.unsupported(
                    path + ".type", "only text parts are, not '" + type + "'");
        }
        return Fields.text(path + ".text", fields.required("text", "a string"));
    }
}
