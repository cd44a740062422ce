package org.dlora.constraint.schema;

import static org.dlora.constraint.grammar.Expr.Repeat.UNBOUNDED;

import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.dlora.constraint.grammar.CompileBudget;
import org.dlora.constraint.grammar.ConstraintException;
import org.dlora.constraint.grammar.Dfa;
import org.dlora.constraint.regex.TextEncoding;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Proof that no value satisfies two alternatives of {@code oneOf}. Then one of them is as good as
 * exactly one of them.
 */
final class Alternatives {
    private static final int MAX_ALTERNATIVES = 200;

    /** Operations that a comparison of two schemas costs besides its automata. */
    private static final int PAIR_WORK = 200;

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

    /** Returns the values of a schema, found once however many pairs it is in. */
    private JsonNode resolve(JsonNode schema) {
        var known = resolved.get(schema);
        if (known == null) {
            known = resolve.apply(schema);
            resolved.put(schema, known);
        }
        return known;
    }

    private boolean areDisjoint(JsonNode one, JsonNode other) {
        CompileBudget.spend(PAIR_WORK);
        if (Keywords.isFalse(one) || Keywords.isFalse(other)) {
            return true;
        }
        return one instanceof ObjectNode first
                && other instanceof ObjectNode second
                && (areSplit(first, second)
                        || areSplit(second, first)
                        || isListedApart(first, second)
                        || isListedApart(second, first)
                        || haveNoTypeInCommon(first, second));
    }

    /** Returns whether each alternative of one has no value in common with the other. */
    private boolean areSplit(ObjectNode one, ObjectNode other) {
        for (var keyword : List.of("anyOf", "oneOf")) {
            var parts = one.path(keyword);
            if (!parts.isEmpty()
                    && parts.valueStream().allMatch(part -> areDisjoint(resolve(part), other))) {
                return true;
            }
        }
        return false;
    }

    /** Returns whether one lists its values, and the other one allows none of them. */
    private static boolean isListedApart(ObjectNode one, ObjectNode other) {
        if (!isListed(one)) {
            return false;
        }
        var allowed = new ListedValues(other, "");
        var listed = isListed(other) ? allowed.possible() : null;
        return new ListedValues(one, "")
                .possible().stream()
                        .noneMatch(value ->
                                listed == null ? allowed.mayAllow(value) : listed.contains(value));
    }

    private static boolean isListed(JsonNode schema) {
        return schema.has("enum") || schema.has("const");
    }

    private boolean haveNoTypeInCommon(ObjectNode first, ObjectNode second) {
        if (!first.has("type") || !second.has("type")) {
            return false; // Any type is valid against a keyword that is not about it.
        }
        var others = SchemaTypes.of(second, "");
        return SchemaTypes.of(first, "").stream()
                .filter(type ->
                        SchemaTypes.allow(others, type)
                                || (type.equals("number") && others.contains("integer")))
                .allMatch(type -> areDisjoint(type, first, second));
    }

    /** Returns whether values of one type are apart. */
    private boolean areDisjoint(String type, ObjectNode first, ObjectNode second) {
        return switch (type) {
            case "object" ->
                    differ(first, second)
                            || differ(second, first)
                            || needsMore(first, second)
                            || needsMore(second, first)
                            || areCountedApart("minProperties", "maxProperties", first, second);
            case "array" -> areCountedApart("minItems", "maxItems", first, second);
            case "string" ->
                    areCountedApart("minLength", "maxLength", first, second)
                            || areSpelledApart(first, second);
            case "number", "integer" -> isBelow(first, second) || isBelow(second, first);
            default -> false;
        };
    }

    private static boolean areCountedApart(
            String min, String max, ObjectNode first, ObjectNode second) {
        int least = Math.max(count(first, min, 0), count(second, min, 0));
        return least > Math.min(count(first, max, UNBOUNDED), count(second, max, UNBOUNDED));
    }

    private static int count(ObjectNode schema, String keyword, int otherwise) {
        return ScalarSchema.count(schema, keyword, "", otherwise);
    }

    private static boolean areSpelledApart(ObjectNode first, ObjectNode second) {
        var texts = new ScalarSchema(first, "").texts(TextEncoding.PLAIN);
        var others = new ScalarSchema(second, "").texts(TextEncoding.PLAIN);
        if (texts.isEmpty() || others.isEmpty()) {
            return false;
        }
        return Stream.concat(texts.stream(), others.stream()).reduce(Dfa::and).orElseThrow().start()
                == Dfa.DEAD;
    }

    /** Returns whether all numbers of one are below those of the other. */
    private static boolean isBelow(ObjectNode one, ObjectNode other) {
        var max = new ScalarSchema(one, "").max();
        var min = new ScalarSchema(other, "").min();
        if (max == null || min == null) {
            return false;
        }
        int order = max.value().compareTo(min.value());
        return order < 0 || (order == 0 && (max.exclusive() || min.exclusive()));
    }

    /** Returns whether a property that one requires has no value in common. */
    private boolean differ(ObjectNode one, ObjectNode other) {
        return required(one).stream()
                .anyMatch(name ->
                        areDisjoint(
                                resolve(one.path("properties").path(name)),
                                resolve(other.path("properties").path(name))));
    }

    /** Returns whether one requires a property that the other one forbids. */
    private static boolean needsMore(ObjectNode one, ObjectNode other) {
        return Keywords.isFalse(other.path("additionalProperties"))
                && other.path("patternProperties").isEmpty()
                && required(one).stream().anyMatch(name -> !other.path("properties").has(name));
    }

    private static Set<String> required(JsonNode schema) {
        var names = new HashSet<String>();
        schema.path("required").forEach(name -> names.add(name.asString("")));
        return names;
    }
}
