package org.dlora.app;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import tools.jackson.core.StreamWriteConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Bodies with tools and schemas that clients got wrong: valid ones, of which members are dropped,
 * moved, or replaced by values of other types and sizes, and texts that are cut. The same seed
 * gives the same bodies.
 */
final class MangledBodies {
    /** A body and the endpoint that it is sent to. */
    record Call(String path, String body) {}

    private record Valid(String path, ObjectNode body) {}

    private static final JsonMapper JSON =
            JsonMapper.builder(
                            JsonFactory.builder()
                                    .streamWriteConstraints(
                                            StreamWriteConstraints.builder()
                                                    .maxNestingDepth(10_000)
                                                    .build())
                                    .build())
                    .build();
    private static final String MESSAGES =
            """
            "model": "dlora-demo", "messages": [{"role": "user", "content": "Hi"}], \
            """;
    private static final String SCHEMA =
            """
            {"type": "object", "properties": {"name": {"type": "string", "maxLength": 3, "pattern": "^[a-z]*$"},
              "age": {"type": "integer", "minimum": 0, "maximum": 99}, "tags": {"type": "array", "items": {"$ref": "#/$defs/tag"}, "maxItems": 2},
              "when": {"type": "string", "format": "date"}, "kind": {"anyOf": [{"const": 1}, {"type": "null"}]}},
             "required": ["name", "age"], "additionalProperties": false, "$defs": {"tag": {"enum": ["a", "b"]}}}\
            """;
    private static final String FUNCTION =
            "{\"type\": \"function\", \"function\": {\"name\": \"f\", \"description\": \"d\", \"strict\": true, \"parameters\": %s}}"
                    .formatted(SCHEMA);
    private static final String HISTORY =
            """
            "model": "upper", "messages": [{"role": "system", "content": "s"}, {"role": "user", "content": [{"type": "text", "text": "Hi"}]},
              {"role": "assistant", "content": null, "tool_calls": [{"id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}}]},
              {"role": "tool", "tool_call_id": "a", "content": "x"}], \
            """;
    private static final List<Valid> VALID =
            Stream.of(
                            chat(
                                    MESSAGES
                                            + "\"tools\": ["
                                            + FUNCTION
                                            + "], \"tool_choice\": \"required\""),
                            chat(
                                    HISTORY
                                            + "\"tools\": ["
                                            + FUNCTION
                                            + "], \"tool_choice\": {\"type\": \"function\", \"function\": {\"name\": \"f\"}}, \"parallel_tool_calls\": false"),
                            chat(
                                    MESSAGES
                                            + "\"tools\": ["
                                            + FUNCTION
                                            + "], \"tool_choice\": \"auto\", \"stream\": true"),
                            chat(
                                    MESSAGES
                                            + "\"response_format\": {\"type\": \"json_schema\", \"json_schema\": {\"name\": \"n\", \"strict\": true, \"schema\": "
                                            + SCHEMA
                                            + "}}"),
                            chat(
                                    MESSAGES
                                            + "\"response_format\": {\"type\": \"json_object\"}, \"stream\": true"),
                            chat(
                                    MESSAGES
                                            + "\"structured_outputs\": {\"regex\": \"(a|b)+[^\\\\d]{2,3}(x?y*)$\"}, \"n\": 2"),
                            chat(MESSAGES + "\"structured_outputs\": {\"json\": " + SCHEMA + "}"),
                            text(
                                    "\"model\": \"rot13\", \"prompt\": [\"a\", \"b\"], \"structured_outputs\": {\"choice\": [\"yes\", \"no\", \"ya\"]}, \"logprobs\": 1"),
                            text(
                                    "\"prompt\": \"a\", \"structured_outputs\": {\"json\": "
                                            + SCHEMA
                                            + "}, \"stream\": true"),
                            response(
                                    "\"input\": \"Hi\", \"text\": {\"format\": {\"type\": \"json_schema\", \"name\": \"n\", \"strict\": true, \"schema\": "
                                            + SCHEMA
                                            + "}}, \"store\": false"),
                            response(
                                    "\"input\": [{\"role\": \"user\", \"content\": [{\"type\": \"input_text\", \"text\": \"Hi\"}]}, {\"type\": \"function_call\", \"call_id\": \"a\", \"name\": \"f\", \"arguments\": \"{}\"}, {\"type\": \"function_call_output\", \"call_id\": \"a\", \"output\": \"x\"}], \"tools\": [{\"type\": \"function\", \"name\": \"f\", \"parameters\": "
                                            + SCHEMA
                                            + "}], \"tool_choice\": \"required\", \"stream\": true"))
                    .toList();
    private static final List<String> ODD =
            List.of(
                    "",
                    "f",
                    "auto",
                    "required",
                    "object",
                    "json_schema",
                    "\0",
                    "\uD83D\uDE00",
                    "e\u0301\u202E\uFEFF",
                    "(((((a*)*)*)*)*)*",
                    "(?=a)\\1[",
                    "^.{0,9999}$",
                    "#/$defs/tag",
                    "#",
                    "http://127.0.0.1/x",
                    "{{ x }}{% for %}");
    private static final List<String> KEYWORDS =
            List.of(
                    "type",
                    "$ref",
                    "anyOf",
                    "oneOf",
                    "not",
                    "enum",
                    "pattern",
                    "minItems",
                    "multipleOf",
                    "name",
                    "x");

    private final Random random;

    MangledBodies(long seed) {
        random = new Random(seed);
    }

    private static Valid chat(String members) {
        return valid("/v1/chat/completions", members);
    }

    private static Valid text(String members) {
        return valid("/v1/completions", members);
    }

    private static Valid response(String members) {
        return valid("/v1/responses", members);
    }

    private static Valid valid(String path, String members) {
        return new Valid(path, (ObjectNode) JSON.readTree("{" + members + "}"));
    }

    /** Returns the bodies before they are mangled. */
    static List<Call> valid() {
        return VALID.stream()
                .map(one -> new Call(one.path(), bounded(one, one.body().deepCopy(), 4).toString()))
                .toList();
    }

    /** Returns the next call. */
    Call next() {
        var valid = VALID.get(random.nextInt(VALID.size()));
        var body = bounded(valid, valid.body().deepCopy(), 1 + random.nextInt(4));
        for (int change = random.nextInt(3); change >= 0; change--) {
            mangle(body);
        }
        var text = JSON.writeValueAsString(body);
        return new Call(valid.path(), random.nextInt(12) == 0 ? cut(text) : text);
    }

    private static ObjectNode bounded(Valid valid, ObjectNode body, int tokens) {
        var name = valid.path().equals("/v1/responses") ? "max_output_tokens" : "max_tokens";
        return body.put(name, tokens);
    }

    /** Cuts a piece out of a text, or writes it twice, so that it is not JSON any more. */
    private String cut(String text) {
        int begin = random.nextInt(text.length());
        int end = Math.min(text.length(), begin + 1 + random.nextInt(20));
        var piece = text.substring(begin, end);
        return text.substring(0, begin)
                + (random.nextBoolean() ? "" : piece + piece)
                + text.substring(end);
    }

    /** Changes one member or element somewhere below {@code root}. */
    private void mangle(ObjectNode root) {
        var places = new ArrayList<JsonNode>();
        collect(root, places);
        switch (places.get(random.nextInt(places.size()))) {
            case ObjectNode object -> mangleMember(object, places);
            case ArrayNode array -> mangleElement(array, places);
            default -> {}
        }
    }

    private static void collect(JsonNode node, List<JsonNode> places) {
        if (node.isContainer()) {
            places.add(node);
            node.forEach(child -> collect(child, places));
        }
    }

    private void mangleMember(ObjectNode object, List<JsonNode> places) {
        var names = List.copyOf(object.propertyNames());
        if (names.isEmpty() || random.nextInt(8) == 0) {
            object.set(KEYWORDS.get(random.nextInt(KEYWORDS.size())), value(places));
            return;
        }
        var name = names.get(random.nextInt(names.size()));
        if (random.nextInt(4) == 0) {
            object.remove(name);
        } else {
            object.set(name, value(places));
        }
    }

    private void mangleElement(ArrayNode array, List<JsonNode> places) {
        if (array.isEmpty() || random.nextInt(3) == 0) {
            array.add(value(places));
        } else if (random.nextInt(4) == 0) {
            array.remove(random.nextInt(array.size()));
        } else {
            array.set(random.nextInt(array.size()), value(places));
        }
    }

    private JsonNode value(List<JsonNode> places) {
        return switch (random.nextInt(14)) {
            case 0 -> JSON.nullNode();
            case 1 -> JSON.readTree(random.nextBoolean() ? "true" : "false");
            case 2 ->
                    JSON.readTree(
                            List.of("0", "-1", "1e308", "2.5", "9223372036854775808", "3.0")
                                    .get(random.nextInt(6)));
            case 3, 4, 5 -> JSON.valueToTree(ODD.get(random.nextInt(ODD.size())));
            case 6 -> JSON.createArrayNode();
            case 7 -> JSON.createObjectNode();
            case 8 -> nested(random.nextInt(400));
            case 9 ->
                    JSON.valueToTree(
                            ODD.get(random.nextInt(ODD.size())).repeat(1 + random.nextInt(2_000)));
            case 10 -> wide(random.nextInt(300));
            // An unchanged value from elsewhere in the body.
            default -> places.get(random.nextInt(places.size())).deepCopy();
        };
    }

    private JsonNode nested(int depth) {
        JsonNode node = JSON.createObjectNode();
        for (int i = 0; i < depth; i++) {
            node =
                    random.nextBoolean()
                            ? JSON.createArrayNode().add(node)
                            : JSON.createObjectNode().set("items", node);
        }
        return node;
    }

    private JsonNode wide(int width) {
        if (random.nextBoolean()) {
            var array = JSON.createArrayNode();
            for (int i = 0; i < width; i++) {
                array.add("v" + i);
            }
            return array;
        }
        var object = JSON.createObjectNode();
        for (int i = 0; i < width; i++) {
            object.putObject("p" + i).put("type", "string");
        }
        return object;
    }
}
