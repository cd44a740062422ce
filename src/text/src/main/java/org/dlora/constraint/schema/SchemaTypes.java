package org.dlora.constraint.schema;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Types of the values that a schema allows. */
final class SchemaTypes {
    static final List<String> ALL =
            List.of("object", "array", "string", "number", "integer", "boolean", "null");

    private SchemaTypes() {}

    /** Returns the names of {@code type}, a text or a list of them. */
    static List<String> names(JsonNode type) {
        return type.isArray()
                ? type.valueStream().map(name -> name.asString("")).toList()
                : List.of(type.asString(""));
    }

    /**
     * Returns the types of a schema. Without {@code type} they are those that its keywords are
     * about; empty if it has no such keyword, so any value is allowed.
     */
    static Set<String> of(ObjectNode schema, String at) {
        var types = new LinkedHashSet<String>();
        var given = schema.get("type");
        if (given != null) {
            for (var name : names(given)) {
                if (!ALL.contains(name)) {
                    throw Keywords.wrong(at, "type", "one of " + String.join(", ", ALL), given);
                }
                types.add(name);
            }
            if (types.isEmpty()) {
                throw Keywords.wrong(at, "type", "a type, or types", given);
            }
        } else {
            addIf(types, schema, Keywords.OBJECT, "object");
            addIf(types, schema, Keywords.ARRAY, "array");
            addIf(types, schema, Keywords.STRING, "string");
            addIf(types, schema, Keywords.NUMBER, "number");
        }
        if (schema.path("nullable").asBoolean(false) && !types.isEmpty()) {
            types.add("null");
        }
        return types;
    }

    private static void addIf(
            Set<String> types, JsonNode schema, List<String> keywords, String type) {
        if (Keywords.hasAny(schema, keywords)) {
            types.add(type);
        }
    }

    /** Returns the type of a value; {@code integer} for a number without a fraction. */
    static String of(JsonNode value) {
        return switch (value.getNodeType()) {
            case OBJECT -> "object";
            case ARRAY -> "array";
            case STRING -> "string";
            case NUMBER ->
                    value.decimalValue().stripTrailingZeros().scale() <= 0 ? "integer" : "number";
            case BOOLEAN -> "boolean";
            default -> "null";
        };
    }

    /** Returns whether a value of type {@code type} is one of {@code allowed}. */
    static boolean allow(Set<String> allowed, String type) {
        return allowed.contains(type) || (type.equals("integer") && allowed.contains("number"));
    }

    /** Returns whether no value is of a type of both sets. */
    static boolean areDisjoint(Set<String> some, Set<String> others) {
        return some.stream().noneMatch(type -> allow(others, type))
                && others.stream().noneMatch(type -> allow(some, type));
    }
}
