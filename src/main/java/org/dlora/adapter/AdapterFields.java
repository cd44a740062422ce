package org.dlora.adapter;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.dlora.tensor.JsonFile;
import org.dlora.tensor.LoadException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The typed fields of {@code adapter_config.json}. JSON's null counts as absent, save for numbers.
 * No number becomes a string or the other way round.
 */
record AdapterFields(Path file, ObjectNode object) {

    static AdapterFields read(Path file) {
        return new AdapterFields(file, JsonFile.read(file));
    }

    Optional<JsonNode> get(String name) {
        return Optional.ofNullable(object.get(name)).filter(node -> !node.isNull());
    }

    /** A positive integer. Null is no number, in PEFT as here. */
    int positive(String name, int absent) {
        return object.has(name) ? positive(name, object.path(name)) : absent;
    }

    /** A finite number. Null is no number, in PEFT as here. */
    double number(String name, double absent) {
        return object.has(name) ? finite(name, object.path(name)) : absent;
    }

    /** Absent is false. */
    boolean flag(String name) {
        var node = get(name);
        if (node.isPresent() && !node.get().isBoolean()) {
            throw problem(name, node.get(), "true or false");
        }
        return node.map(JsonNode::booleanValue).orElse(false);
    }

    Optional<String> text(String name) {
        return get(name).map(node -> string(name, node, "a string"));
    }

    /** A string or a list of strings, as a list; empty if absent. */
    List<String> texts(String name) {
        return list(name, node -> string(name, node, "a string or a list of strings"));
    }

    /** An integer or a list of integers, as a list; empty if absent. */
    List<Integer> integers(String name) {
        return list(
                name,
                node -> {
                    if (!node.isInt()) {
                        throw problem(name, node, "an integer or a list of integers");
                    }
                    return node.intValue();
                });
    }

    /** An object of positive integers, in the file's order; empty if absent. */
    Map<String, Integer> positives(String name) {
        return map(name, this::positive);
    }

    /** An object of numbers, in the file's order; empty if absent. */
    Map<String, Double> numbers(String name) {
        return map(name, this::finite);
    }

    LoadException problem(String name, Object found, String expected) {
        return LoadException.in(
                file,
                "%s is %s; expected %s".formatted(name, Quote.plain(found.toString()), expected));
    }

    private <T> List<T> list(String name, Function<JsonNode, T> element) {
        var node = get(name);
        if (node.isEmpty()) {
            return List.of();
        }
        return node.get().isArray()
                ? node.get().valueStream().map(element).toList()
                : List.of(element.apply(node.get()));
    }

    private <T> Map<String, T> map(String name, BiFunction<String, JsonNode, T> value) {
        var node = get(name);
        if (node.isEmpty()) {
            return Map.of();
        }
        if (!(node.get() instanceof ObjectNode entries)) {
            throw problem(name, node.get(), "an object of patterns and numbers");
        }
        var map = new LinkedHashMap<String, T>();
        for (var entry : entries.properties()) {
            map.put(entry.getKey(), value.apply(name + "." + entry.getKey(), entry.getValue()));
        }
        return map;
    }

    private String string(String name, JsonNode node, String expected) {
        if (!node.isString()) {
            throw problem(name, node, expected);
        }
        return node.stringValue();
    }

    private int positive(String name, JsonNode node) {
        if (!node.isInt() || node.intValue() < 1) {
            throw problem(name, node, "a positive integer");
        }
        return node.intValue();
    }

    private double finite(String name, JsonNode node) {
        double value = node.isNumber() ? node.doubleValue() : Double.NaN;
        if (!Float.isFinite((float) value)) {
            throw problem(name, node, "a number");
        }
        return value;
    }
}
