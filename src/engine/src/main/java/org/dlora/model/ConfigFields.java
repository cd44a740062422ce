package org.dlora.model;

import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import org.dlora.tensor.LoadException;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Typed, bounded access to the fields of a JSON configuration. {@code null} counts as absent, as it
 * does in transformers.
 *
 * @param file named in errors
 * @param prefix of the field names in errors: empty, or {@code rope_scaling.} and the like
 */
record ConfigFields(Path file, String prefix, ObjectNode object) {
    private static final int MAX_SHOWN = 200;

    /** Returns the field, or null if it is absent or JSON's null. */
    @Nullable JsonNode get(String name) {
        var node = object.get(name);
        return node == null || node.isNull() ? null : node;
    }

    /** Returns whether the field is present with the value null, where that differs from absent. */
    boolean isNull(String name) {
        return object.has(name) && object.path(name).isNull();
    }

    int size(String name, int max) {
        return bounded(name, required(name), 1, max);
    }

    int size(String name, int absent, int max) {
        var node = get(name);
        return node == null ? absent : bounded(name, node, 1, max);
    }

    OptionalInt integer(String name, int min, int max) {
        var node = get(name);
        return node == null ? OptionalInt.empty() : OptionalInt.of(bounded(name, node, min, max));
    }

    /** Returns a finite number in {@code [min, max]}. */
    OptionalDouble number(String name, double min, double max) {
        var node = get(name);
        if (node == null) {
            return OptionalDouble.empty();
        }
        double value = node.isNumber() ? node.doubleValue() : Double.NaN;
        if (!(value >= min && value <= max)) {
            throw problem(name, node, "a number from " + min + " to " + max);
        }
        return OptionalDouble.of(value);
    }

    boolean flag(String name, boolean absent) {
        var node = get(name);
        if (node != null && !node.isBoolean()) {
            throw problem(name, node, "true or false");
        }
        return node == null ? absent : node.booleanValue();
    }

    String text(String name, String absent) {
        var node = get(name);
        if (node != null && !node.isString()) {
            throw problem(name, node, "a string");
        }
        return node == null ? absent : node.stringValue();
    }

    /** Returns the ids of a field that holds a token id or a list of them; empty if absent. */
    Set<Integer> tokens(String name) {
        var tokens = new LinkedHashSet<Integer>();
        var node = get(name);
        if (node != null && node.isArray()) {
            node.forEach(id -> tokens.add(bounded(name, id, 0, Integer.MAX_VALUE)));
        } else if (node != null) {
            tokens.add(bounded(name, node, 0, Integer.MAX_VALUE));
        }
        return tokens;
    }

    /**
     * Returns the exception that says what was found, cut short if it is a large object, and what
     * was expected.
     */
    LoadException problem(String name, @Nullable JsonNode found, String expected) {
        var text = String.valueOf(found);
        var shown = text.length() > MAX_SHOWN ? text.substring(0, MAX_SHOWN) + "…" : text;
        return LoadException.in(
                file, "%s%s is %s; expected %s".formatted(prefix, name, shown, expected));
    }

    private JsonNode required(String name) {
        var node = get(name);
        if (node == null) {
            throw LoadException.in(file, prefix + name + " is missing");
        }
        return node;
    }

    private int bounded(String name, JsonNode node, int min, int max) {
        if (!node.isInt() || node.intValue() < min || node.intValue() > max) {
            throw problem(name, node, "an integer from " + min + " to " + max);
        }
        return node.intValue();
    }
}
