package org.dlora.constraint;

import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Constraints as JSON, as the history keeps them: an object with one member, named by the kind. */
public final class ConstraintFormat {
    private static final JsonMapper JSON = new JsonMapper();

    private ConstraintFormat() {}

    public static ObjectNode write(ConstraintDefinition definition) {
        var node = JSON.createObjectNode();
        switch (definition) {
            case ConstraintDefinition.JsonSchema(var schema) -> node.put("json_schema", schema);
            case ConstraintDefinition.JsonObject() -> node.put("json_object", true);
            case ConstraintDefinition.Regex(var pattern) -> node.put("regex", pattern);
            case ConstraintDefinition.Grammar(var grammar) -> node.put("grammar", grammar);
            case ConstraintDefinition.Choice(var choices) -> {
                var array = node.putArray("choice");
                choices.forEach(array::add);
            }
            case ConstraintDefinition.Text(var text) -> node.put("text", text);
            case ConstraintDefinition.Sequence(var parts) -> writeAll(node, "sequence", parts);
            case ConstraintDefinition.AnyOf(var parts) -> writeAll(node, "any_of", parts);
            case ConstraintDefinition.Repeated(var part, var min, var max, var separator) -> {
                var repeated = node.putObject("repeated");
                repeated.set("part", write(part));
                repeated.put("min", min);
                repeated.put("max", max);
                repeated.put("separator", separator);
            }
        }
        return node;
    }

    private static void writeAll(ObjectNode node, String kind, List<ConstraintDefinition> parts) {
        var array = node.putArray(kind);
        parts.forEach(part -> array.add(write(part)));
    }

    /**
     * Returns the constraint that {@code node} describes.
     *
     * @throws IllegalArgumentException if it is not what {@link #write} writes
     */
    public static ConstraintDefinition read(JsonNode node) {
        if (node.size() != 1 || !node.isObject()) {
            throw new IllegalArgumentException("a constraint must have one kind");
        }
        var kind = node.propertyNames().iterator().next();
        var value = node.get(kind);
        return switch (kind) {
            case "json_schema" -> new ConstraintDefinition.JsonSchema(value.asString());
            case "json_object" -> new ConstraintDefinition.JsonObject();
            case "regex" -> new ConstraintDefinition.Regex(value.asString());
            case "grammar" -> new ConstraintDefinition.Grammar(value.asString());
            case "choice" ->
                    new ConstraintDefinition.Choice(
                            value.valueStream().map(JsonNode::asString).toList());
            case "text" -> new ConstraintDefinition.Text(value.asString());
            case "sequence" -> new ConstraintDefinition.Sequence(readAll(value));
            case "any_of" -> new ConstraintDefinition.AnyOf(readAll(value));
            case "repeated" ->
                    new ConstraintDefinition.Repeated(
                            read(value.path("part")),
                            value.path("min").asInt(),
                            bound(value.path("max")),
                            value.path("separator").asString());
            default -> throw new IllegalArgumentException("unknown kind of constraint: " + kind);
        };
    }

    private static @Nullable Integer bound(JsonNode node) {
        return node.isNumber() ? Integer.valueOf(node.intValue()) : null;
    }

    private static List<ConstraintDefinition> readAll(JsonNode parts) {
        return parts.valueStream().map(ConstraintFormat::read).toList();
    }
}
