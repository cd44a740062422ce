package org.dlora.constraint.schema;

import static org.dlora.constraint.grammar.Expr.Repeat.UNBOUNDED;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.dlora.constraint.grammar.ConstraintException;
import org.dlora.constraint.grammar.Expr;
import org.dlora.constraint.grammar.Rule;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Objects that are valid against a schema: its properties in their order, then others where it
 * allows them. A schema with properties allows no others unless it says so, which vLLM's backends
 * take in the same way.
 */
final class ObjectSchema {
    private static final int MAX_COUNTED = 200;

    private final SchemaCompiler compiler;
    private final ObjectNode schema;
    private final String at;
    private final int depth;
    private final Map<String, Expr> properties = new LinkedHashMap<>();
    private final Set<String> required = new LinkedHashSet<>();
    private final Map<List<Integer>, Rule.Defined> tails = new LinkedHashMap<>();
    private final List<String> names;
    private final @Nullable Expr additional;
    private final int min;
    private final int max;

    ObjectSchema(SchemaCompiler compiler, ObjectNode schema, String at, int depth) {
        this.compiler = compiler;
        this.schema = schema;
        this.at = at;
        this.depth = depth;
        var given = schema.path("properties");
        for (var entry : given.properties()) {
            var place = at + "properties." + entry.getKey() + ".";
            if (!isForbidden(entry.getValue())) {
                properties.put(entry.getKey(), compiler.value(entry.getValue(), place, depth + 1));
            }
        }
        if (schema.has("propertyNames") && !given.isEmpty()) {
            throw Keywords.unsupported(at, "propertyNames", "it may stand beside no properties");
        }
        var value = additionalValue(given.isEmpty());
        for (var name : schema.path("required")) {
            if (!name.isString()) {
                throw Keywords.wrong(at, "required", "an array of names", schema.get("required"));
            }
            required.add(name.stringValue());
            if (!properties.containsKey(name.stringValue())) {
                if (value == null) {
                    throw new ConstraintException(
                            at + "required",
                            "'%srequired' has '%s', which is not among the properties, and no others are allowed."
                                    .formatted(at, name.stringValue()));
                }
                properties.put(name.stringValue(), value);
            }
        }
        names = List.copyOf(properties.keySet());
        additional = value == null ? null : member(key(), value);
        min = ScalarSchema.count(schema, "minProperties", at, 0);
        max = ScalarSchema.count(schema, "maxProperties", at, UNBOUNDED);
        ScalarSchema.checkOrder(min, max, "minProperties", "maxProperties", at);
        checkCounts();
        if (countsExactly() && names.size() > MAX_COUNTED) {
            throw Keywords.unsupported(
                    at,
                    "maxProperties",
                    "bounds of the number of properties are for at most "
                            + MAX_COUNTED
                            + " properties");
        }
    }

    private static boolean isForbidden(JsonNode property) {
        return property.isBoolean() && !property.booleanValue();
    }

    private @Nullable Expr additionalValue(boolean hasNoProperties) {
        var patterns = schema.path("patternProperties");
        var others = schema.get("additionalProperties");
        if (!patterns.isEmpty()) {
            boolean isClosed = others != null && others.isBoolean() && !others.booleanValue();
            if (patterns.size() > 1 || !hasNoProperties || (others != null && !isClosed)) {
                throw Keywords.unsupported(
                        at, "patternProperties", "it may have one pattern, beside no properties");
            }
            var only = patterns.properties().iterator().next();
            return compiler.value(
                    only.getValue(), at + "patternProperties." + only.getKey() + ".", depth + 1);
        }
        if (others == null) {
            return hasNoProperties ? compiler.values().any() : null;
        }
        return isForbidden(others)
                ? null
                : compiler.value(others, at + "additionalProperties.", depth + 1);
    }

    /** Returns the names of additional properties. */
    private Expr key() {
        var patterns = schema.path("patternProperties");
        var ofNames = schema.get("propertyNames");
        if (!patterns.isEmpty()) {
            if (ofNames != null || !required.isEmpty()) {
                throw Keywords.unsupported(
                        at,
                        "patternProperties",
                        "it may stand beside neither required nor propertyNames");
            }
            var pattern = patterns.properties().iterator().next().getKey();
            return SchemaCompiler.within(
                    at + "patternProperties.",
                    () -> compiler.values().string(0, UNBOUNDED, pattern, null, at));
        }
        if (ofNames != null) {
            if (!required.isEmpty()) {
                throw Keywords.unsupported(
                        at, "propertyNames", "it may stand beside no required properties");
            }
            if (ofNames.isObject() && !ofNames.has("type") && !ofNames.has("$ref")) {
                ofNames = ((ObjectNode) ofNames).deepCopy().put("type", "string");
            }
            return compiler.value(ofNames, at + "propertyNames.", depth + 1);
        }
        return names().isEmpty()
                ? compiler.values().string(0, UNBOUNDED, null, null, at)
                : new Expr.Call(JsonText.otherThan(names()));
    }

    private List<String> names() {
        var all = new ArrayList<>(properties.keySet());
        for (var name : schema.path("properties").propertyNames()) {
            if (!properties.containsKey(name)) {
                all.add(name); // A forbidden one.
            }
        }
        return all;
    }

    private void checkCounts() {
        int most = additional == null ? properties.size() : UNBOUNDED;
        if (min > most || required.size() > max) {
            throw new ConstraintException(
                    at + "minProperties",
                    "No object has as many properties as '%s' says; %d are required and %d possible."
                            .formatted(at + "minProperties", required.size(), most));
        }
        // A name may come twice, and counts once.
        if (additional != null && min > Math.max(1, required.size())) {
            throw Keywords.unsupported(
                    at, "minProperties", "above 1 it needs 'additionalProperties': false");
        }
    }

    private static Expr member(Expr key, Expr value) {
        return Expr.sequence(key, Expr.text(":"), JsonText.SPACE, value);
    }

    Expr expr() {
        for (int index = names.size(); index >= 0; index--) {
            for (int count = 0; count <= (countsExactly() ? index : Math.min(1, index)); count++) {
                var rule = new Rule.Defined(at);
                tails.put(List.of(index, count), rule);
                rule.define(index == names.size() ? end(count) : property(index, count));
            }
        }
        return Expr.sequence(Expr.text("{"), JsonText.SPACE, tail(0, 0));
    }

    private boolean countsExactly() {
        return min > 1 || max < UNBOUNDED;
    }

    /**
     * Returns what may follow, up to the closing brace, before the property {@code index}.
     *
     * @param count properties so far; beyond none and some it matters to bounds alone
     */
    private Expr tail(int index, int count) {
        int capped = countsExactly() ? count : Math.min(1, count);
        return new Expr.Call(Objects.requireNonNull(tails.get(List.of(index, capped))));
    }

    private Expr property(int index, int count) {
        var name = names.get(index);
        var alternatives = new ArrayList<Expr>();
        if (count < max) {
            alternatives.add(
                    Expr.sequence(
                            separator(count),
                            member(
                                    JsonText.literal(name),
                                    Objects.requireNonNull(properties.get(name))),
                            tail(index + 1, count + 1)));
        }
        if (!required.contains(name)) {
            alternatives.add(tail(index + 1, count));
        }
        return Expr.choice(alternatives);
    }

    private static Expr separator(int count) {
        return count == 0 ? Expr.EMPTY : Expr.sequence(Expr.text(","), JsonText.SPACE);
    }

    private Expr end(int count) {
        var close = Expr.sequence(JsonText.SPACE, Expr.text("}"));
        int least = Math.max(0, min - count);
        if (additional == null || count >= max) {
            return least > 0 ? new Expr.Choice(List.of()) : close;
        }
        int most = max == UNBOUNDED ? UNBOUNDED : max - count;
        var others =
                count == 0
                        ? Values.members(additional, least, most)
                        : Expr.repeat(Expr.sequence(separator(count), additional), least, most);
        return Expr.sequence(others, close);
    }
}
