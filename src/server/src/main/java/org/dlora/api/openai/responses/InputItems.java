package org.dlora.api.openai.responses;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.dlora.api.web.ApiException;
import org.dlora.api.web.Fields;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reader of a call's input. It gives items their full form: an id, a status, and content in parts.
 */
final class InputItems {
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
    private static final Set<String> ROLES = Set.of("user", "assistant", "system", "developer");

    /** Most items of a conversation. */
    private static final int MOST = 10_000;

    private final ItemReferences references;
    private final int earlier;
    private final long longest;
    private long characters;

    /**
     * @param references finds items of earlier answers by their ids
     * @param earlier items of the conversation before
     * @param longest most characters of all items
     */
    InputItems(ItemReferences references, int earlier, long longest) {
        this.references = references;
        this.earlier = earlier;
        this.longest = longest;
    }

    /**
     * Returns the items of {@code input}.
     *
     * @throws ApiException if one is malformed or not supported
     */
    List<ObjectNode> read(JsonNode input) {
        checkCount(earlier + (input.isArray() ? input.size() : 1));
        if (input.isString()) {
            return List.of(message("user", List.of(input.stringValue()), null));
        }
        if (!input.isArray()) {
            throw Fields.wrong("input", "a string or an array of items", input);
        }
        var items = new ArrayList<ObjectNode>();
        for (int i = 0; i < input.size(); i++) {
            var item = item("input[" + i + "]", input.get(i));
            // At once, so that short references to long items do not add up.
            count(item);
            items.add(item);
        }
        return items;
    }

    private static void checkCount(int count) {
        if (count > MOST) {
            throw ApiException.invalid(
                    "input",
                    "A conversation has at most %,d items, but this one would have %,d. Shorten 'input'."
                            .formatted(MOST, count));
        }
    }

    private void count(ObjectNode item) {
        for (var name : List.of("name", "arguments", "output")) {
            characters += item.path(name).asString("").length();
        }
        for (var part : item.path("content")) {
            characters += part.path("text").asString("").length();
        }
        if (characters > longest) {
            throw ApiException.of(
                    HttpStatus.BAD_REQUEST,
                    "'input' has more than %,d characters, the most that are tokenised at once. Shorten it."
                            .formatted(longest),
                    "input",
                    "context_length_exceeded");
        }
    }

    private ObjectNode item(String path, JsonNode node) {
        var fields = Fields.at(path, node);
        var type = fields.text("type").orElse("message");
        var item =
                switch (type) {
                    case "message" -> message(path, fields);
                    case "function_call" -> call(fields);
                    case "function_call_output" -> output(path, fields);
                    case "item_reference" -> reference(path, fields);
                    case "reasoning" -> reasoning(fields);
                    default ->
                            throw ApiException.unsupported(
                                    path + ".type",
                                    "items are 'message', 'function_call', 'function_call_output', 'item_reference' and 'reasoning', not '"
                                            + type
                                            + "'");
                };
        fields.ignore("status");
        fields.end();
        return item;
    }

    private static ObjectNode message(String path, Fields fields) {
        var role = Fields.text(path + ".role", fields.required("role", "a string such as 'user'"));
        if (!ROLES.contains(role)) {
            throw ApiException.invalid(
                    path + ".role",
                    "'%s.role' must be 'user', 'assistant', 'system' or 'developer', but is '%s'."
                            .formatted(path, role));
        }
        var content = fields.required("content", "a string or an array of text parts");
        fields.ignore("phase");
        return message(role, texts(path + ".content", content), fields.text("id").orElse(null));
    }

    private static ObjectNode message(String role, List<String> texts, @Nullable String id) {
        boolean isAnswer = role.equals("assistant");
        var item = begin(ItemIds.MESSAGE, id, "message").put("role", role);
        var content = item.putArray("content");
        for (var text : texts) {
            var part =
                    content.addObject()
                            .put("type", isAnswer ? "output_text" : "input_text")
                            .put("text", text);
            if (isAnswer) {
                part.putArray("annotations");
                part.putArray("logprobs");
            }
        }
        return item;
    }

    private static ObjectNode begin(String prefix, @Nullable String id, String type) {
        return JSON.objectNode()
                .put("id", id == null ? ItemIds.next(prefix) : id)
                .put("type", type)
                .put("status", "completed");
    }

    /** Returns the texts of a string or of text parts. */
    private static List<String> texts(String path, JsonNode content) {
        if (content.isString()) {
            return List.of(content.stringValue());
        }
        if (!content.isArray()) {
            throw Fields.wrong(path, "a string or an array of text parts", content);
        }
        var texts = new ArrayList<String>();
        for (int i = 0; i < content.size(); i++) {
            texts.add(text(path + "[" + i + "]", content.get(i)));
        }
        return texts;
    }

    private static String text(String path, JsonNode part) {
        var fields = Fields.at(path, part);
        var type =
                Fields.text(
                        path + ".type", fields.required("type", "'input_text' or 'output_text'"));
        if (!type.equals("input_text") && !type.equals("output_text")) {
            throw ApiException.unsupported(
                    path + ".type", "parts are 'input_text' and 'output_text', not '" + type + "'");
        }
        var text = Fields.text(path + ".text", fields.required("text", "a string"));
        // Clients add what they parsed, and send answers back as they have them.
        fields.ignore("annotations", "logprobs", "prompt_cache_breakpoint", "parsed");
        fields.end();
        return text;
    }

    private static ObjectNode call(Fields fields) {
        var item =
                begin(ItemIds.CALL, fields.text("id").orElse(null), "function_call")
                        .put("call_id", required(fields, "call_id", "the id of the call"))
                        .put("name", required(fields, "name", "the name of the function"))
                        .put("arguments", required(fields, "arguments", "a string of JSON"));
        fields.ignore("parsed_arguments");
        return fields.any("status")
                        .filter(status -> status.asString("").equals("incomplete"))
                        .isPresent()
                ? item.put("status", "incomplete")
                : item;
    }

    private static ObjectNode output(String path, Fields fields) {
        var item =
                begin(ItemIds.CALL_OUTPUT, fields.text("id").orElse(null), "function_call_output");
        item.put("call_id", required(fields, "call_id", "the id of the call"));
        var output = fields.required("output", "a string or an array of text parts");
        return item.put("output", String.join("\n", texts(path + ".output", output)));
    }

    private ObjectNode reference(String path, Fields fields) {
        var id = required(fields, "id", "the id of an item");
        return references
                .find(id)
                .orElseThrow(() ->
                        ApiException.of(
                                HttpStatus.NOT_FOUND,
                                "Item with id '" + id + "' not found.",
                                path + ".id",
                                null));
    }

    /** Reads reasoning of an earlier answer, which models do not get again. */
    private static ObjectNode reasoning(Fields fields) {
        fields.ignore("summary", "content", "encrypted_content");
        return begin(ItemIds.REASONING, fields.text("id").orElse(null), "reasoning")
                .set("summary", JSON.arrayNode());
    }

    private static String required(Fields fields, String name, String expected) {
        return Fields.text(fields.path(name), fields.required(name, expected));
    }
}
