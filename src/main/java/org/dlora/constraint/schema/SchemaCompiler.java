package org.dlora.constraint.schema;

import static org.dlora.constraint.grammar.Expr.Repeat.UNBOUNDED;

import java.math.BigDecimal;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.dlora.constraint.grammar.ConstraintException;
import org.dlora.constraint.grammar.Dfa;
import org.dlora.constraint.grammar.Expr;
import org.dlora.constraint.grammar.Rule;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Compiler of one JSON schema to the grammar of documents that are valid against it. Properties
 * come in the order of the schema. Keywords that JSON Schema does not define are ignored, as it
 * says.
 */
public final class SchemaCompiler {
    private static final int MAX_DEPTH = 64;
    private static final int MAX_SCHEMAS = 10_000;

    private final JsonNode root;
    private final Values values;
    private final Map<String, Rule.Defined> references = new HashMap<>();
    private int schemas;

    private SchemaCompiler(JsonNode root, Dfa strings) {
        this.root = root;
        values = new Values(strings);
    }

    /** Returns the automaton of all strings, for {@link #compile} and {@link #anyObject}. */
    public static Dfa strings() {
        return JsonText.strings();
    }

    /**
     * Returns the documents that are valid against a schema.
     *
     * @param strings {@link #strings}, of the bytes that there are tokens for
     * @throws ConstraintException if it is malformed, too large, or has what cannot be enforced
     */
    public static Expr compile(JsonNode schema, Dfa strings) {
        return new SchemaCompiler(schema, strings).value(schema, "", 0);
    }

    /** Returns all JSON objects. */
    public static Expr anyObject(Dfa strings) {
        return new Values(strings).anyObject();
    }

    Values values() {
        return values;
    }

    /**
     * Returns the values that are valid against a part of the schema.
     *
     * @param at its place with a dot behind it, empty for the whole
     */
    Expr value(JsonNode node, String at, int depth) {
        spend(at, depth);
        if (node.isBoolean()) {
            if (node.booleanValue()) {
                return values.any();
            }
            throw new ConstraintException(
                    at, "Nothing is valid against the schema false at '%s'.".formatted(at));
        }
        if (!(node instanceof ObjectNode schema)) {
            throw Keywords.wrong(at, "", "an object", node);
        }
        Keywords.check(schema, at);
        if (schema.has("$ref")) {
            return reference(schema, at, depth);
        }
        if (schema.has("allOf")) {
            return value(all(schema, at, depth), at, depth + 1);
        }
        for (var keyword : List.of("anyOf", "oneOf")) {
            if (schema.has(keyword)) {
                return alternatives(schema, keyword, at, depth);
            }
        }
        return typed(schema, at, depth);
    }

    private Expr reference(ObjectNode schema, String at, int depth) {
        if (Keywords.hasOthers(schema, "$ref")) {
            return value(inlined(schema, at, depth), at, depth + 1);
        }
        var name = schema.get("$ref").asString("");
        var known = references.get(name);
        if (known == null) {
            known = new Rule.Defined(at);
            references.put(name, known);
            known.define(value(resolve(schema, at), name + ".", 0));
        }
        return new Expr.Call(known);
    }

    /** Returns what a schema's {@code $ref} names, once; the schema if it has none. */
    private JsonNode resolve(JsonNode schema, String at) {
        if (!schema.has("$ref")) {
            return schema;
        }
        var name = schema.get("$ref").asString("");
        if (!name.equals("#") && !name.startsWith("#/")) {
            throw Keywords.unsupported(
                    at, "$ref", "it must name a part of this schema, as '#/$defs/Name' does");
        }
        JsonNode found = root;
        for (var step : name.substring(1).split("/", -1)) {
            if (!step.isEmpty()) {
                var key = key(step, schema.get("$ref"), at);
                found = found.isArray() ? found.path(index(key)) : found.path(key);
            }
        }
        if (found.isMissingNode()) {
            throw new ConstraintException(
                    at + "$ref",
                    "'%s$ref' names '%s', which the schema does not have.".formatted(at, name));
        }
        return found;
    }

    /** Returns the name that a step of a {@code $ref} spells. */
    private static String key(String step, JsonNode reference, String at) {
        try {
            return URLDecoder.decode(step.replace("+", "%2B"), StandardCharsets.UTF_8)
                    .replace("~1", "/")
                    .replace("~0", "~");
        } catch (IllegalArgumentException _) { // Of a percent sign without two digits.
            throw Keywords.wrong(at, "$ref", "a URI fragment", reference);
        }
    }

    private static int index(String key) {
        return key.matches("[0-9]{1,5}") ? Integer.parseInt(key) : -1;
    }

    /** Returns a schema with what it refers to in place of its {@code $ref}. */
    private JsonNode inlined(JsonNode schema, String at, int depth) {
        if (!(schema instanceof ObjectNode object) || !schema.has("$ref")) {
            return schema;
        }
        spend(at, depth);
        Keywords.check(object, at);
        var found = inlined(resolve(object, at), at, depth + 1);
        return Keywords.hasOthers(object, "$ref")
                ? SchemaMerge.merge(without(object, "$ref"), found, at)
                : found;
    }

    private void spend(String at, int depth) {
        if (depth > MAX_DEPTH || ++schemas > MAX_SCHEMAS) {
            throw new ConstraintException(
                    at,
                    "The schema is too large at '%s': it may be nested %d deep and have %d parts, references written out."
                            .formatted(at, MAX_DEPTH, MAX_SCHEMAS));
        }
    }

    private JsonNode all(ObjectNode schema, String at, int depth) {
        JsonNode merged = without(schema, "allOf");
        var parts = schema.get("allOf");
        if (!parts.isArray() || parts.isEmpty()) {
            throw Keywords.wrong(at, "allOf", "an array of schemas", parts);
        }
        if (parts.size() == 1 && !Keywords.hasOthers(schema, "allOf")) {
            return parts.get(0);
        }
        for (int i = 0; i < parts.size(); i++) {
            var place = at + "allOf." + i + ".";
            var part = inlined(parts.get(i), place, depth);
            if (part instanceof ObjectNode object) {
                Keywords.check(object, place);
                part = object.has("allOf") ? all(object, place, depth + 1) : object;
            }
            merged = SchemaMerge.merge(merged, part, at);
        }
        return merged;
    }

    private Expr alternatives(ObjectNode schema, String keyword, String at, int depth) {
        var parts = schema.get(keyword);
        if (!parts.isArray() || parts.isEmpty()) {
            throw Keywords.wrong(at, keyword, "an array of schemas", parts);
        }
        var rest = without(schema, keyword);
        if (keyword.equals("oneOf")) {
            new Alternatives(part -> inlined(part, at, depth))
                    .requireDisjoint(parts.valueStream().toList(), at);
        }
        boolean isAlone = !Keywords.hasOthers(rest, "nullable");
        var alternatives = new ArrayList<Expr>();
        for (int i = 0; i < parts.size(); i++) {
            var place = at + keyword + "." + i + ".";
            var part =
                    isAlone
                            ? parts.get(i)
                            : SchemaMerge.merge(rest, inlined(parts.get(i), place, depth), place);
            alternatives.add(value(part, place, depth + 1));
        }
        if (isAlone && rest.path("nullable").asBoolean(false)) {
            alternatives.add(JsonText.NULL);
        }
        return called(Expr.choice(alternatives), at);
    }

    private static ObjectNode without(ObjectNode schema, String keyword) {
        var rest = JsonNodeFactory.instance.objectNode();
        schema.properties()
                .forEach(entry -> {
                    var name = entry.getKey();
                    if (!name.equals(keyword) && !Keywords.isAnnotation(name)) {
                        rest.set(name, entry.getValue());
                    }
                });
        return rest;
    }

    private Expr typed(ObjectNode schema, String at, int depth) {
        var types = SchemaTypes.of(schema, at);
        if (schema.has("const") || schema.has("enum")) {
            return constants(schema, types, at);
        }
        if (types.isEmpty()) {
            return values.any();
        }
        var alternatives = new ArrayList<Expr>();
        for (var type : types) {
            if (!(type.equals("integer") && types.contains("number"))) {
                alternatives.add(ofType(type, schema, at, depth));
            }
        }
        return alternatives.size() == 1
                ? alternatives.getFirst()
                : called(Expr.choice(alternatives), at);
    }

    private Expr ofType(String type, ObjectNode schema, String at, int depth) {
        return switch (type) {
            case "object" -> called(new ObjectSchema(this, schema, at, depth).expr(), at);
            case "array" -> called(new ArraySchema(this, schema, at, depth).expr(), at);
            case "string" -> within(at, () -> string(schema, at));
            case "number", "integer" -> within(at, () -> number(schema, type, at));
            case "boolean" -> JsonText.BOOLEAN;
            default -> JsonText.NULL;
        };
    }

    /** Returns a call of a rule of its own, so that an expression is not written out twice. */
    Expr called(Expr expr, String at) {
        var rule = new Rule.Defined(at);
        rule.define(expr);
        return new Expr.Call(rule);
    }

    private static Expr constants(ObjectNode schema, Set<String> types, String at) {
        if (Keywords.hasOthers(schema, "const", "enum", "type", "nullable")) {
            throw new ConstraintException(
                    at + "enum",
                    "'%s' lists its values, and has further keywords that would choose among them. Leave those out."
                            .formatted(at + (schema.has("enum") ? "enum" : "const")));
        }
        var listed = new LinkedHashSet<JsonNode>();
        if (schema.has("enum")) {
            if (!schema.get("enum").isArray()) {
                throw Keywords.wrong(at, "enum", "an array", schema.get("enum"));
            }
            schema.get("enum").forEach(listed::add);
        }
        if (schema.has("const")) {
            boolean isListed =
                    !schema.has("enum")
                            || JsonValues.canonical(listed)
                                    .contains(JsonValues.canonical(schema.get("const")));
            listed.clear();
            if (isListed) {
                listed.add(schema.get("const"));
            }
        }
        if (schema.has("type")) {
            listed.removeIf(value -> !SchemaTypes.allow(types, SchemaTypes.of(value)));
        }
        if (listed.isEmpty()) {
            throw new ConstraintException(
                    at + "enum", "No listed value is of the type at '%s'.".formatted(at + "enum"));
        }
        return Expr.choice(listed.stream().map(Values::literal).toList());
    }

    private Expr string(ObjectNode schema, String at) {
        int min = count(schema, "minLength", at, 0);
        int max = count(schema, "maxLength", at, UNBOUNDED);
        checkOrder(min, max, "minLength", "maxLength", at);
        return values.string(min, max, text(schema, "pattern", at), text(schema, "format", at), at);
    }

    private static @Nullable String text(ObjectNode schema, String keyword, String at) {
        var given = schema.get(keyword);
        if (given != null && !given.isString()) {
            throw Keywords.wrong(at, keyword, "a string", given);
        }
        return given == null ? null : given.stringValue();
    }

    private Expr number(ObjectNode schema, String type, String at) {
        var min = bound(schema, "minimum", "exclusiveMinimum", true, at);
        var max = bound(schema, "maximum", "exclusiveMaximum", false, at);
        var divisor = schema.has("multipleOf") ? decimal(schema, "multipleOf", at) : null;
        return values.number(type.equals("integer"), min, max, divisor, at);
    }

    private static JsonNumbers.@Nullable Bound bound(
            ObjectNode schema, String keyword, String exclusive, boolean isLower, String at) {
        var bound = schema.has(keyword) ? decimal(schema, keyword, at) : null;
        var beyond = schema.get(exclusive);
        if (beyond == null || beyond.isBoolean()) { // Draft 4 has a flag.
            return bound == null
                    ? null
                    : new JsonNumbers.Bound(bound, beyond != null && beyond.booleanValue());
        }
        var strict = decimal(schema, exclusive, at);
        if (bound == null) {
            return new JsonNumbers.Bound(strict, true);
        }
        int order = isLower ? strict.compareTo(bound) : bound.compareTo(strict);
        return order >= 0
                ? new JsonNumbers.Bound(strict, true)
                : new JsonNumbers.Bound(bound, false);
    }

    private static BigDecimal decimal(ObjectNode schema, String keyword, String at) {
        var given = schema.get(keyword);
        if (!given.isNumber()) {
            throw Keywords.wrong(at, keyword, "a number", given);
        }
        var value = given.decimalValue();
        if (value.precision() > 40 || Math.abs(value.scale()) > 400) {
            throw Keywords.wrong(at, keyword, "a number of at most 40 digits", given);
        }
        return value;
    }

    /** Returns a count that is not negative, {@code otherwise} if there is none. */
    static int count(ObjectNode schema, String keyword, String at, int otherwise) {
        var given = schema.get(keyword);
        if (given == null) {
            return otherwise;
        }
        if (!given.isNumber()
                || given.decimalValue().signum() < 0
                || given.decimalValue().stripTrailingZeros().scale() > 0) {
            throw Keywords.wrong(at, keyword, "a whole number from 0 on", given);
        }
        return given.decimalValue().min(BigDecimal.valueOf(UNBOUNDED - 1)).intValue();
    }

    static void checkOrder(int min, int max, String lower, String upper, String at) {
        if (min > max) {
            throw new ConstraintException(
                    at + lower,
                    "'%s%s' is %d and above '%s%s', which is %d."
                            .formatted(at, lower, min, at, upper, max));
        }
    }

    /** Runs {@code compile}, whose refusals get the place if they have none. */
    static Expr within(String at, Supplier<Expr> compile) {
        try {
            return compile.get();
        } catch (ConstraintException e) {
            if (!e.at().isEmpty() || at.isEmpty()) {
                throw e;
            }
            throw new ConstraintException(at, e.getMessage() + " (at '" + at + "')");
        }
    }
}
