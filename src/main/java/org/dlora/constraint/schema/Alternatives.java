package org.dlora.constraint.schema;

import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.dlora.constraint.grammar.ConstraintException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Proof that no value satisfies two alternatives of {@code oneOf}. Then one of them is as good as
 * exactly one of them.
 */
final class Alternatives {
    private static final int MAX_ALTERNATIVES = 200;

    private final UnaryOperator<JsonNode> resolve;
    private final IdentityHashMap<JsonNode, JsonNode> resolved = new IdentityHashMap<>();

    /**
     * @param resolve returns what a schema's {@code $ref} names, or the schema
     */
    Alternatives(UnaryOperator<JsonNode> resolve) {
        this.resolve = resolve;
    }

    /**
     * Checks alternatives.
     *
     * @throws ConstraintException unless each value satisfies at most one
     */
    void requireDisjoint(List<JsonNode> given, String at) {
        if (given.size() > MAX_ALTERNATIVES) {
            throw new ConstraintException(
                    at + "oneOf",
                    "'%soneOf' has %d alternatives; at most %d are allowed. Use anyOf."
                            .formatted(at, given.size(), MAX_ALTERNATIVES));
        }
        var alternatives = given.stream().map(this::resolve).toList();
        for (int i = 0; i < alternatives.size(); i++) {
            for (int j = 0; j < i; j++) {
                if (!areDisjoint(alternatives.get(j), alternatives.get(i))) {
                    throw new ConstraintException(
                            at + "oneOf",
                            "A value may satisfy the alternatives %d and %d of '%soneOf' at once. Give them different types or a property with different constants, or use anyOf."
                                    .formatted(j, i, at));
                }
            }
        }
    }

    /** Returns what a schema stands for, found once however many pairs it is in. */
    private JsonNode resolve(JsonNode schema) {
        var known = resolved.get(schema);
        if (known == null) {
            known = resolve.apply(schema);
            resolved.put(schema, known);
        }
        return known;
    }

    private boolean areDisjoint(JsonNode one, JsonNode other) {
        if (!(one instanceof ObjectNode first) || !(other instanceof ObjectNode second)) {
            return false;
        }
        var values = values(first);
        var others = values(second);
        if (!values.isEmpty() && !others.isEmpty()) {
            return values.stream().noneMatch(others::contains);
        }
        var types = types(first, values);
        var otherTypes = types(second, others);
        if (types.isEmpty() || otherTypes.isEmpty()) {
            return false;
        }
        if (SchemaTypes.areDisjoint(types, otherTypes)) {
            return true;
        }
        return types.equals(Set.of("object"))
                && otherTypes.equals(Set.of("object"))
                && (differ(first, second) || needsMore(first, second) || needsMore(second, first));
    }

    private static Set<String> types(ObjectNode schema, Set<JsonNode> values) {
        if (values.isEmpty()) {
            return schema.has("type") ? SchemaTypes.of(schema, "") : Set.of();
        }
        var types = new HashSet<String>();
        values.forEach(value -> types.add(SchemaTypes.of(value)));
        return types;
    }

    private static Set<JsonNode> values(JsonNode schema) {
        var values = new HashSet<JsonNode>();
        if (schema.has("const")) {
            values.add(JsonValues.canonical(schema.get("const")));
        }
        schema.path("enum").forEach(value -> values.add(JsonValues.canonical(value)));
        return values;
    }

    /** Returns whether a property that both require has no value in common. */
    private boolean differ(JsonNode first, JsonNode second) {
        for (var name : required(first)) {
            var mine = resolve(first.path("properties").path(name));
            var theirs = resolve(second.path("properties").path(name));
            if (required(second).contains(name) && areDisjoint(mine, theirs)) {
                return true;
            }
        }
        return false;
    }

    /** Returns whether one requires a property that the other one forbids. */
    private static boolean needsMore(JsonNode one, JsonNode other) {
        var additional = other.path("additionalProperties");
        return additional.isBoolean()
                && !additional.booleanValue()
                && other.path("patternProperties").isEmpty()
                && required(one).stream().anyMatch(name -> !other.path("properties").has(name));
    }

    private static Set<String> required(JsonNode schema) {
        var names = new HashSet<String>();
        schema.path("required").forEach(name -> names.add(name.asString("")));
        return names;
    }
}
