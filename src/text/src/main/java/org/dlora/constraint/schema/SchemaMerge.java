package org.dlora.constraint.schema;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.dlora.constraint.grammar.ConstraintException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.BooleanNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Two schemas as one that a document satisfies if it satisfies both. */
final class SchemaMerge {
    private static final Set<String> LARGER =
            Set.of("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties");
    private static final Set<String> SMALLER =
            Set.of("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties");
    private static final List<String> ITEMS = List.of("prefixItems", "items", "additionalItems");

    private SchemaMerge() {}

    /**
     * Returns both in one; false if no value is of the types or in the lists of both.
     *
     * @param at place in the schema, for messages
     * @throws ConstraintException if they have what cannot be put together
     */
    static JsonNode merge(JsonNode one, JsonNode other, String at) {
        if (one.isBoolean() || other.isBoolean()) {
            var flag = one.isBoolean() ? one : other;
            return flag.booleanValue() ? (one.isBoolean() ? other : one) : flag;
        }
        if (!(one instanceof ObjectNode first) || !(other instanceof ObjectNode second)) {
            throw Keywords.wrong(at, "", "an object or a boolean", one.isObject() ? other : one);
        }
        Keywords.check(first, at);
        Keywords.check(second, at);
        checkItems(first, second, at);
        checkClosed(first, second, at);
        checkClosed(second, first, at);
        var merged = withNull(first);
        for (var entry : withNull(second).properties()) {
            var name = entry.getKey();
            var mine = merged.get(name);
            var both =
                    mine == null || mine.equals(entry.getValue()) || Keywords.isAnnotation(name)
                            ? entry.getValue()
                            : combine(name, mine, entry.getValue(), at);
            boolean isList = name.equals("type") || name.equals("enum");
            if (mine != null && isList && both.isArray() && both.isEmpty()) {
                return BooleanNode.FALSE;
            }
            merged.set(name, both);
        }
        return merged;
    }

    private static ObjectNode copy(ObjectNode node) {
        var copy = JsonNodeFactory.instance.objectNode();
        node.properties().forEach(entry -> copy.set(entry.getKey(), entry.getValue()));
        return copy;
    }

    /** Returns a schema whose types name null in place of {@code nullable}, which is about them. */
    private static ObjectNode withNull(ObjectNode schema) {
        var copy = copy(schema);
        copy.remove("nullable");
        if (schema.path("nullable").asBoolean(false) && schema.has("type")) {
            var types = new LinkedHashSet<>(SchemaTypes.names(schema.get("type")));
            types.add("null");
            var array = copy.putArray("type");
            types.forEach(array::add);
        }
        return copy;
    }

    /** Checks that no schema has items at places that the other one's items do not know. */
    private static void checkItems(ObjectNode first, ObjectNode second, String at) {
        if ((!hasPlaces(first) && !hasPlaces(second))
                || !Keywords.hasAny(first, ITEMS)
                || !Keywords.hasAny(second, ITEMS)) {
            return;
        }
        for (var name : ITEMS) {
            if (!Objects.equals(first.get(name), second.get(name))) {
                throw twice(at, name);
            }
        }
    }

    private static boolean hasPlaces(ObjectNode schema) {
        return schema.has("prefixItems") || schema.path("items").isArray();
    }

    private static ConstraintException twice(String at, String name) {
        return new ConstraintException(
                at + name,
                "'%s%s' is given twice for one value, by allOf, anyOf or beside $ref, and the two cannot be combined. Give one."
                        .formatted(at, name));
    }

    private static JsonNode combine(String name, JsonNode mine, JsonNode theirs, String at) {
        boolean isBound = LARGER.contains(name) || SMALLER.contains(name);
        if (isBound && mine.isNumber() && theirs.isNumber()) {
            boolean isLarger = mine.decimalValue().compareTo(theirs.decimalValue()) > 0;
            return isLarger == LARGER.contains(name) ? mine : theirs;
        }
        return switch (name) {
            case "type" -> types(mine, theirs);
            case "required" -> union(mine, theirs);
            case "properties" -> properties(mine, theirs, at);
            case "items", "additionalProperties" -> merge(mine, theirs, at + name + ".");
            case "enum" -> common(mine, theirs);
            default -> throw twice(at, name);
        };
    }

    /** A schema that closes its properties would forbid those of the other one. */
    private static void checkClosed(ObjectNode closed, ObjectNode other, String at) {
        var additional = closed.get("additionalProperties");
        if (additional == null || (additional.isBoolean() && additional.booleanValue())) {
            return;
        }
        var patterns = other.get("patternProperties");
        if (patterns != null && !patterns.equals(closed.get("patternProperties"))) {
            throw Keywords.unsupported(
                    at,
                    "additionalProperties",
                    "a schema combined with another that has patternProperties must leave it out");
        }
        for (var name : other.path("properties").propertyNames()) {
            if (!closed.path("properties").has(name)) {
                throw Keywords.unsupported(
                        at,
                        "additionalProperties",
                        "a schema combined with another that has more properties, here '"
                                + name
                                + "', must leave it out");
            }
        }
    }

    private static JsonNode types(JsonNode mine, JsonNode theirs) {
        var both = new LinkedHashSet<String>();
        for (var a : SchemaTypes.names(mine)) {
            for (var b : SchemaTypes.names(theirs)) {
                if (a.equals(b)) {
                    both.add(a);
                } else if (Set.of(a, b).equals(Set.of("integer", "number"))) {
                    both.add("integer");
                }
            }
        }
        var array = JsonNodeFactory.instance.arrayNode();
        both.forEach(array::add);
        return array;
    }

    private static JsonNode union(JsonNode mine, JsonNode theirs) {
        var all = new LinkedHashSet<JsonNode>();
        mine.forEach(all::add);
        theirs.forEach(all::add);
        return JsonNodeFactory.instance.arrayNode().addAll(all);
    }

    private static JsonNode common(JsonNode mine, JsonNode theirs) {
        var all = JsonValues.canonical(theirs.valueStream().toList());
        var both = JsonNodeFactory.instance.arrayNode();
        mine.forEach(value -> {
            if (all.contains(JsonValues.canonical(value))) {
                both.add(value);
            }
        });
        return both;
    }

    private static JsonNode properties(JsonNode mine, JsonNode theirs, String at) {
        var all = copy((ObjectNode) mine);
        for (var entry : theirs.properties()) {
            var known = all.get(entry.getKey());
            all.set(
                    entry.getKey(),
                    known == null
                            ? entry.getValue()
                            : merge(
                                    known,
                                    entry.getValue(),
                                    at + "properties." + entry.getKey() + "."));
        }
        return all;
    }
}
