package org.dlora.constraint;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** A constraint never excludes a document that was made for its schema. */
class GeneratedDocumentTest {
    private static final JsonMapper JSON = new JsonMapper();
    private static final TestVocabulary VOCABULARY = TestVocabulary.random(new Random(7));
    private static final ConstraintCompiler COMPILER = VOCABULARY.compiler();

    @Property(tries = 300, shrinking = ShrinkingMode.OFF)
    void everyDocumentMayCome(@ForAll long seed) {
        var random = new Random(seed);
        var schema = schema(random, 3);
        var constraint = COMPILER.compile(ConstraintDefinition.jsonSchema(schema));
        for (int i = 0; i < 5; i++) {
            var text = document(schema, random).toString();
            assertThat(SchemaOracle.problems(schema, text)).as("%s: %s", schema, text).isEmpty();
            var state = constraint.start();
            for (int token : VOCABULARY.split(text, random)) {
                assertThat(constraint.mask(state).allows(token))
                        .as("%s: %s", schema, text)
                        .isTrue();
                state = requireNonNull(constraint.accept(state, token));
            }
            assertThat(state.isComplete()).as("%s: %s", schema, text).isTrue();
        }
    }

    private static ObjectNode schema(Random random, int depth) {
        var schema = JSON.createObjectNode();
        switch (random.nextInt(depth == 0 ? 5 : 8)) {
            case 0 -> schema.put("type", "boolean");
            case 1 -> {
                schema.put("type", "integer");
                int min = random.nextInt(3000) - 1500;
                schema.put("minimum", min);
                schema.put("maximum", min + random.nextInt(500));
            }
            case 2 -> {
                schema.put("type", "string");
                schema.put("minLength", random.nextInt(4));
                schema.put("maxLength", 4 + random.nextInt(8));
            }
            case 3 -> {
                schema.put("type", "number");
                schema.put("minimum", random.nextInt(200) / 8.0 - 12);
                schema.put("maximum", 15 + random.nextInt(100) / 8.0);
            }
            case 4 -> {
                var values = schema.putArray("enum");
                values.add("a\n\"").add(random.nextInt(10)).addNull().add(1.5);
            }
            case 5 -> {
                schema.put("type", "array");
                schema.set("items", schema(random, depth - 1));
                int min = random.nextInt(3);
                schema.put("minItems", min);
                schema.put("maxItems", min + random.nextInt(3));
            }
            case 6 -> {
                var alternatives = schema.putArray("anyOf");
                for (int n = 1 + random.nextInt(3); n > 0; n--) {
                    alternatives.add(schema(random, depth - 1));
                }
            }
            default -> properties(schema, random, depth);
        }
        return schema;
    }

    private static void properties(ObjectNode schema, Random random, int depth) {
        schema.put("type", "object");
        var properties = schema.putObject("properties");
        var required = schema.putArray("required");
        for (var name : names(random)) {
            properties.set(name, schema(random, depth - 1));
            if (random.nextBoolean()) {
                required.add(name);
            }
        }
        if (random.nextBoolean()) {
            schema.set("additionalProperties", schema(random, 0));
        } else {
            schema.put("additionalProperties", false);
        }
    }

    private static List<String> names(Random random) {
        var names = new ArrayList<String>();
        for (var name : new String[] {"a", "ab", "é\"", "long name", "x\\y"}) {
            if (random.nextInt(3) > 0) {
                names.add(name);
            }
        }
        return names;
    }

    private static JsonNode document(JsonNode schema, Random random) {
        if (schema.has("enum")) {
            return any(schema.get("enum"), random);
        }
        if (schema.has("anyOf")) {
            return document(any(schema.get("anyOf"), random), random);
        }
        return switch (schema.get("type").stringValue()) {
            case "boolean" -> JSON.getNodeFactory().booleanNode(random.nextBoolean());
            case "integer" ->
                    JSON.getNodeFactory().numberNode(
                            random.nextInt(
                                    schema.get("minimum").intValue(),
                                    schema.get("maximum").intValue() + 1));
            case "number" -> number(schema, random);
            case "string" -> string(schema, random);
            case "array" -> {
                var array = JSON.createArrayNode();
                int min = schema.get("minItems").intValue();
                int max = schema.get("maxItems").intValue();
                for (int n = random.nextInt(min, max + 1); n > 0; n--) {
                    array.add(document(schema.get("items"), random));
                }
                yield array;
            }
            default -> object(schema, random);
        };
    }

    private static JsonNode any(JsonNode array, Random random) {
        return array.get(random.nextInt(array.size()));
    }

    private static JsonNode number(JsonNode schema, Random random) {
        double min = schema.get("minimum").doubleValue();
        double max = schema.get("maximum").doubleValue();
        double value = Math.rint(random.nextDouble(min, max) * 64) / 64;
        return JSON.getNodeFactory().numberNode(Math.min(max, Math.max(min, value)));
    }

    private static JsonNode string(JsonNode schema, Random random) {
        int[] points = "abc \"\\\n\u0001é世😀/".codePoints().toArray();
        int min = schema.get("minLength").intValue();
        int max = schema.get("maxLength").intValue();
        var text = new StringBuilder();
        for (int n = random.nextInt(min, max + 1); n > 0; n--) {
            text.appendCodePoint(points[random.nextInt(points.length)]);
        }
        return JSON.getNodeFactory().stringNode(text.toString());
    }

    private static ObjectNode object(JsonNode schema, Random random) {
        var object = JSON.createObjectNode();
        var required = schema.get("required").valueStream().map(JsonNode::stringValue).toList();
        for (var entry : schema.get("properties").properties()) {
            if (required.contains(entry.getKey()) || random.nextBoolean()) {
                object.set(entry.getKey(), document(entry.getValue(), random));
            }
        }
        var additional = schema.get("additionalProperties");
        if (additional.isObject()) {
            for (var name : new String[] {"", "abc", "b", "é", "a\\"}) {
                if (random.nextInt(3) == 0) {
                    object.set(name, document(additional, random));
                }
            }
        }
        return object;
    }
}
