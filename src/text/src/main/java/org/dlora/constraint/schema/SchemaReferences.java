package org.dlora.constraint.schema;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import org.dlora.constraint.grammar.ConstraintException;
import tools.jackson.databind.JsonNode;

/** Targets of the {@code $ref} of a schema's parts: JSON pointers within the schema (RFC 6901). */
final class SchemaReferences {
    private final JsonNode root;

    SchemaReferences(JsonNode root) {
        this.root = root;
    }

    /** Returns the direct target of a schema's {@code $ref}; the schema if it has none. */
    JsonNode resolve(JsonNode schema, String at) {
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
}
