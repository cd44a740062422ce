package org.dlora.constraint;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import org.dlora.constraint.grammar.ConstraintException;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * A constraint never excludes a document that was made for its schema, and allows none that is not
 * valid.
 */
class GeneratedDocumentTest {
    private static final JsonMapper JSON = new JsonMapper();

    private static final List<String> NAMES =
            List.of(
                    "true",
                    "false",
                    "{}",
                    "{\"type\":\"integer\"}",
                    "{\"enum\":[\"a\",1,null]}",
                    "{\"const\":3}",
                    "{\"pattern\":\"^a\"}",
                    "{\"maxLength\":2}",
                    "{\"$ref\":\"#/$defs/n\"}",
                    "{\"$ref\":\"#/$defs/s\",\"maxLength\":3}",
                    "{\"type\":[\"string\",\"integer\"]}",
                    "{\"anyOf\":[{\"type\":\"integer\"},{\"maxLength\":1}]}");

    private static final List<String> VALUES =
            List.of(
                    "true",
                    "false",
                    "{\"type\":\"integer\"}",
                    "{\"minimum\":3}",
                    "{\"enum\":[\"a\",1,7,null]}",
                    "{\"enum\":[\"a\",1,7],\"maximum\":3}",
                    "{\"$ref\":\"#/$defs/n\"}",
                    "{\"$ref\":\"#/$defs/n\",\"type\":\"integer\",\"maximum\":9}",
                    "{\"$ref\":\"#/$defs/s\",\"maxLength\":3}",
                    "{\"type\":[\"integer\",\"string\"],\"maxLength\":3}");

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

    /** Schemas whose parts contradict each other are refused, which few are. */
    @Test
    void namesAndSiblingsOfReferencesAllowNoOtherDocument() {
        int served = 0;
        for (int seed = 0; seed < 300; seed++) {
            var random = new Random(seed);
            var schema = named(random);
            Constraint constraint;
            try {
                constraint = COMPILER.compile(ConstraintDefinition.jsonSchema(schema));
            } catch (ConstraintException _) {
                continue;
            }
            served++;
            for (int i = 0; i < 4; i++) {
                VOCABULARY
                        .walk(constraint, random)
                        .ifPresent(text ->
                                assertThat(SchemaOracle.problems(schema, text))
                                        .as("%s: %s", schema, text)
                                        .isEmpty());
            }
        }
        assertThat(served).isGreaterThan(150);
    }

    private static ObjectNode named(Random random) {
        var schema = JSON.createObjectNode().put("type", "object");
        if (random.nextInt(3) == 0) {
            schema.set("propertyNames", one(random, NAMES));
        } else {
            var patterns = schema.putObject("patternProperties");
            for (int n = 1 + random.nextInt(3); n > 0; n--) {
                var pattern = new String[] {"^a", "b$", "^x-", "[0-9]"}[random.nextInt(4)];
                patterns.set(pattern, one(random, VALUES));
            }
            var properties = schema.putObject("properties");
            var required = schema.putArray("required");
            for (var name : new String[] {"a", "ab", "x-b", "c"}) {
                if (random.nextInt(3) == 0) {
                    properties.set(name, one(random, VALUES));
                }
                if (random.nextInt(5) == 0) {
                    required.add(name);
                }
            }
            if (random.nextInt(3) == 0) {
                schema.putObject("dependentRequired").putArray("a").add("c");
            }
        }
        if (random.nextBoolean()) {
            schema.set("additionalProperties", one(random, VALUES));
        }
        var defined = schema.putObject("$defs");
        defined.putObject("n").put("minimum", 3).put("maxLength", 2);
        defined.putObject("s").put("type", "string").put("minLength", 1);
        return schema;
    }

    private static JsonNode one(Random random, List<String> schemas) {
        return JSON.readTree(schemas.get(random.nextInt(schemas.size())));
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
                    JSON.getNodeFactory()
                            .numberNode(
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
        double value = Math.rint(random.nextDouble(min, max) * 64) / 64 + 0.0; // No -0.0.
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
