package org.dlora.tensor;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import tools.jackson.core.json.JsonWriteFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Changes a JSON document at random: values, types, names, structure. */
public final class JsonDamage {
    /** Rounds of each try of a property: {@code -Ddlora.test.long=true} makes it a long fuzz. */
    public static final int ROUNDS = Boolean.getBoolean("dlora.test.long") ? 10 : 1;

    /** Half a surrogate pair has no UTF-8, but has a JSON escape. */
    private static final JsonMapper JSON =
            JsonMapper.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();

    /** Values that hardly any field expects. */
    public static final List<String> VALUES =
            List.of(
                    "null",
                    "true",
                    "false",
                    "0",
                    "1",
                    "3",
                    "-1",
                    "2147483647",
                    "2147483648",
                    "4294967296",
                    "9223372036854775807",
                    "9223372036854775808",
                    "-9223372036854775808",
                    "0.5",
                    "1e-320",
                    "1e300",
                    "1e999",
                    "\"\"",
                    "\"a\"",
                    "\"LORA\"",
                    "\"(a+)+$\"",
                    "\".*\\\\.(q|v)_proj\"",
                    "\"[\"",
                    "\"../../x\"",
                    "\"\\u0000\"",
                    "\"\\ud800\"",
                    "[]",
                    "[null]",
                    "[-1, 0]",
                    "[[1]]",
                    "[\"q_proj\", 1]",
                    "{}",
                    "{\"\": 1}",
                    "{\"a\": {\"b\": []}}",
                    "{\"type\": \"ByteLevel\"}",
                    "{\"type\": \"Sequence\"}");

    private final Random random;

    public JsonDamage(Random random) {
        this.random = random;
    }

    /** Returns {@code document} changed in one to three places, as ASCII text. */
    public String damaged(ObjectNode document) {
        var copy = document.deepCopy();
        for (int i = random.nextInt(3); i >= 0; i--) {
            change(copy);
        }
        return text(copy);
    }

    /** Returns {@code document} as ASCII text. */
    public static String text(ObjectNode document) {
        return JSON.writeValueAsString(document);
    }

    /** Walks down at random, so that a large table in the document does not draw all damage. */
    private void change(JsonNode node) {
        if (node.isEmpty()) {
            return;
        }
        int at = random.nextInt(node.size());
        if (node instanceof ObjectNode object) {
            var name = List.copyOf(object.propertyNames()).get(at);
            var child = object.get(name);
            if (!descends(child)) {
                change(object, name, child);
            }
        } else if (node instanceof ArrayNode array && !descends(array.get(at))) {
            change(array, at);
        }
    }

    private boolean descends(JsonNode child) {
        if (child.isEmpty() || random.nextInt(4) == 0) {
            return false;
        }
        change(child);
        return true;
    }

    private void change(ObjectNode object, String name, JsonNode child) {
        switch (random.nextInt(6)) {
            case 0 -> object.remove(name);
            case 1 -> {
                object.remove(name);
                object.set(name + "x", child);
            }
            case 2 -> object.set(name, object.get(anyOf(object)));
            default -> object.set(name, changed(child));
        }
    }

    private void change(ArrayNode array, int at) {
        switch (random.nextInt(4)) {
            case 0 -> array.remove(at);
            case 1 -> array.add(array.get(at));
            default -> array.set(at, changed(array.get(at)));
        }
    }

    private String anyOf(ObjectNode object) {
        return List.copyOf(object.propertyNames()).get(random.nextInt(object.size()));
    }

    private JsonNode changed(JsonNode node) {
        return switch (random.nextInt(8)) {
            case 0 -> nested(node);
            case 1 -> JSON.createArrayNode().add(node);
            case 2 -> JSON.getNodeFactory().stringNode(node.toString());
            case 3 -> JSON.getNodeFactory().stringNode("x".repeat(random.nextInt(5000)));
            default -> JSON.readTree(VALUES.get(random.nextInt(VALUES.size())));
        };
    }

    private JsonNode nested(JsonNode node) {
        var outer = node;
        for (int depth = random.nextInt(150); depth > 0; depth--) {
            outer = JSON.createArrayNode().add(outer);
        }
        return outer;
    }

    /** Overwrites one to four of the first {@code length} bytes. */
    public void overwrite(byte[] bytes, int length) {
        var places = new ArrayList<Integer>();
        for (int i = random.nextInt(4); i >= 0; i--) {
            places.add(random.nextInt(length));
        }
        places.forEach(place -> bytes[place] = (byte) random.nextInt(256));
    }
}
