package org.dlora.constraint.schema;

import java.util.List;
import java.util.Set;
import org.dlora.constraint.grammar.ConstraintException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The keywords of schemas: those that say nothing of a document, and those that are refused. */
final class Keywords {
    private static final Set<String> REFUSED =
            Set.of(
                    "not",
                    "if",
                    "then",
                    "else",
                    "dependentSchemas",
                    "contains",
                    "minContains",
                    "maxContains",
                    "unevaluatedProperties",
                    "unevaluatedItems",
                    "$dynamicRef",
                    "$recursiveRef",
                    "disallow",
                    "extends");

    private static final Set<String> ANNOTATIONS =
            Set.of(
                    "title",
                    "description",
                    "default",
                    "examples",
                    "example",
                    "$schema",
                    "$id",
                    "id",
                    "$comment",
                    "$anchor",
                    "deprecated",
                    "readOnly",
                    "writeOnly",
                    "discriminator",
                    "contentMediaType",
                    "contentEncoding",
                    "contentSchema",
                    "externalDocs",
                    "xml",
                    "$defs",
                    "definitions");

    static final List<String> OBJECT =
            List.of(
                    "properties",
                    "required",
                    "additionalProperties",
                    "patternProperties",
                    "propertyNames",
                    "dependentRequired",
                    "dependencies",
                    "minProperties",
                    "maxProperties");
    static final List<String> ARRAY =
            List.of(
                    "items",
                    "prefixItems",
                    "additionalItems",
                    "minItems",
                    "maxItems",
                    "uniqueItems");
    static final List<String> STRING = List.of("minLength", "maxLength", "pattern", "format");
    static final List<String> NUMBER =
            List.of("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf");

    private Keywords() {}

    /** Returns whether a keyword says nothing of which documents are valid. */
    static boolean isAnnotation(String keyword) {
        return ANNOTATIONS.contains(keyword) || keyword.startsWith("x-");
    }

    /** Returns whether a schema has a keyword besides {@code known} that says what is valid. */
    static boolean hasOthers(ObjectNode schema, String... known) {
        var names = Set.of(known);
        return schema.propertyNames().stream()
                .anyMatch(name -> !names.contains(name) && !isAnnotation(name));
    }

    static boolean isFalse(JsonNode schema) {
        return schema.isBoolean() && !schema.booleanValue();
    }

    static boolean hasAny(JsonNode schema, List<String> keywords) {
        return keywords.stream().anyMatch(schema::has);
    }

    /** Refuses what is malformed or cannot be enforced. */
    static void check(ObjectNode schema, String at) {
        KeywordShapes.check(schema, at);
        for (var name : schema.propertyNames()) {
            if (REFUSED.contains(name)) {
                throw unsupported(at, name, "it cannot be enforced token by token");
            }
        }
        if (schema.path("uniqueItems").asBoolean(false)) {
            throw unsupported(at, "uniqueItems", "only false is");
        }
    }

    static ConstraintException unsupported(String at, String keyword, String why) {
        return new ConstraintException(
                at + keyword,
                "'%s%s' is not supported in a schema: %s. Leave it out."
                        .formatted(at, keyword, why));
    }

    static ConstraintException wrong(String at, String keyword, String expected, JsonNode given) {
        var shown = given.toString();
        return new ConstraintException(
                at + keyword,
                "'%s%s' must be %s in a schema, but is %s."
                        .formatted(
                                at,
                                keyword,
                                expected,
                                shown.length() <= 60 ? shown : shown.substring(0, 60) + "…"));
    }
}
