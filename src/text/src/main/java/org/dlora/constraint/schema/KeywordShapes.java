package org.dlora.constraint.schema;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Allowed shapes of the values of keywords, so that their readers need not check them. */
final class KeywordShapes {
    private static final Map<String, Shape> SHAPES = shapes();

    /**
     * A kind of values.
     *
     * @param expected in words, for messages
     */
    private record Shape(String expected, Predicate<JsonNode> matches) {}

    private KeywordShapes() {}

    private static Map<String, Shape> shapes() {
        var all = new HashMap<String, Shape>();
        var flag = new Shape("a boolean", JsonNode::isBoolean);
        var text = new Shape("a string", JsonNode::isString);
        var number = new Shape("a number", JsonNode::isNumber);
        var limit = new Shape("a number", node -> node.isNumber() || node.isBoolean());
        var schema = new Shape("a schema", node -> node.isObject() || node.isBoolean());
        var named = new Shape("an object of schemas", JsonNode::isObject);
        var schemas = new Shape("an array of schemas", node -> node.isArray() && !node.isEmpty());
        add(all, flag, "nullable", "uniqueItems");
        add(all, text, "pattern", "format", "$ref");
        add(all, number, "minimum", "maximum", "multipleOf", "minLength", "maxLength");
        add(all, number, "minItems", "maxItems", "minProperties", "maxProperties");
        add(all, limit, "exclusiveMinimum", "exclusiveMaximum"); // Draft 4 has flags.
        add(all, schema, "additionalProperties", "propertyNames", "additionalItems");
        add(all, named, "properties", "patternProperties");
        add(all, new Shape("an object", JsonNode::isObject), "dependentRequired", "dependencies");
        add(all, schemas, "anyOf", "allOf", "oneOf");
        add(all, new Shape("an array", JsonNode::isArray), "enum", "prefixItems");
        add(
                all,
                new Shape(
                        "a schema, or an array of schemas",
                        node -> node.isContainer() || node.isBoolean()),
                "items");
        add(all, new Shape("an array of names", KeywordShapes::isNames), "required");
        add(all, new Shape("a type, or types", node -> node.isString() || isNames(node)), "type");
        return Map.copyOf(all);
    }

    private static void add(Map<String, Shape> all, Shape shape, String... keywords) {
        List.of(keywords).forEach(keyword -> all.put(keyword, shape));
    }

    private static boolean isNames(JsonNode node) {
        return node.isArray() && node.valueStream().allMatch(JsonNode::isString);
    }

    /** Refuses values that a keyword cannot have. */
    static void check(ObjectNode schema, String at) {
        for (var entry : schema.properties()) {
            var shape = SHAPES.get(entry.getKey());
            if (shape != null && !shape.matches().test(entry.getValue())) {
                throw Keywords.wrong(at, entry.getKey(), shape.expected(), entry.getValue());
            }
        }
    }
}
