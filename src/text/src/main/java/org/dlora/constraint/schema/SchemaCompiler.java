package org.dlora.constraint.schema;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.dlora.constraint.grammar.Characters;
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

    private final SchemaReferences references;
    private final Values values;
    private final Map<String, Rule.Defined> rules = new HashMap<>();
    private int schemas;

    private SchemaCompiler(JsonNode root, Characters strings) {
        references = new SchemaReferences(root);
        values = new Values(strings);
    }

    /**
     * Returns the automaton of all strings, for {@link #compile} and {@link #anyObject}.
     *
     * @param available bytes that there are tokens for
     */
    public static Characters strings(Dfa.BytePredicate available) {
        return Characters.of(JsonText.strings().restrictedTo(available), JsonText.BOUNDARY);
    }

    /**
     * Returns the documents that are valid against a schema.
     *
     * @param strings {@link #strings}
     * @throws ConstraintException if it is malformed, too large, or has what cannot be enforced
     */
    public static Expr compile(JsonNode schema, Characters strings) {
        return new SchemaCompiler(schema, strings).value(schema, "", 0);
    }

    /** Returns all JSON objects. */
    public static Expr anyObject(Characters strings) {
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
                    at,
                    "Nothing is valid at '%s': the schema is false, or what is put together there contradicts itself."
                            .formatted(at));
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
        var known = rules.get(name);
        if (known == null) {
            known = new Rule.Defined(at);
            rules.put(name, known);
            known.define(value(references.resolve(schema, at), name + ".", 0));
        }
        return new Expr.Call(known);
    }

    /** Returns a schema with what it refers to in place of its {@code $ref}. */
    JsonNode inlined(JsonNode schema, String at, int depth) {
        if (!(schema instanceof ObjectNode object) || !schema.has("$ref")) {
            return schema;
        }
        spend(at, depth);
        Keywords.check(object, at);
        var found = inlined(references.resolve(object, at), at, depth + 1);
        return Keywords.hasOthers(object, "$ref")
                ? SchemaMerge.merge(without(object, "$ref"), found, at)
                : found;
    }

    /** Returns a schema for the values of one type that a schema allows; null if it has none. */
    @Nullable JsonNode onlyType(String type, JsonNode schema, String at, int depth) {
        var only = JsonNodeFactory.instance.objectNode().put("type", type);
        var merged = SchemaMerge.merge(inlined(schema, at, depth), only, at);
        boolean isListed = merged.has("enum") || merged.has("const");
        return Keywords.isFalse(merged)
                        || (isListed
                                && new ListedValues((ObjectNode) merged, at).possible().isEmpty())
                ? null
                : merged;
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
            if (isAlone || !Keywords.isFalse(part)) {
                alternatives.add(value(part, place, depth + 1));
            }
        }
        if (alternatives.isEmpty()) {
            throw new ConstraintException(
                    at + keyword,
                    "Nothing is valid against any alternative of '%s' and the keywords beside it."
                            .formatted(at + keyword));
        }
        if (isAlone && rest.path("nullable").asBoolean(false)) {
            alternatives.add(JsonText.NULL);
        }
        return called(Expr.united(alternatives), at);
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
            return new ScalarSchema(schema, at).constants();
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
                : called(Expr.united(alternatives), at);
    }

    private Expr ofType(String type, ObjectNode schema, String at, int depth) {
        return switch (type) {
            case "object" -> called(new ObjectSchema(this, schema, at, depth).expr(), at);
            case "array" -> called(new ArraySchema(this, schema, at, depth).expr(), at);
            case "string" -> within(at, () -> new ScalarSchema(schema, at).string(values));
            case "number", "integer" ->
                    within(
                            at,
                            () ->
                                    new ScalarSchema(schema, at)
                                            .number(values, type.equals("integer")));
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
