package org.dlora.adapter.config;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import org.dlora.tensor.JsonFile;
import org.dlora.tensor.Problems;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The typed fields of {@code adapter_config.json}. JSON's null counts as absent, save for numbers.
 * No number becomes a string or the other way round. A malformed field is a problem and reads as
 * absent, so the rest is checked too.
 */
record AdapterFields(Path file, ObjectNode object, Problems problems) {

    /** A kind of value that a field may hold. It reads a malformed field as empty. */
    private record Type<T>(String expected, Function<JsonNode, Optional<T>> value) {}

    private static final Type<Integer> POSITIVE =
            new Type<>("a positive integer", node -> integer(node).filter(value -> value >= 1));
    private static final Type<Double> NUMBER =
            new Type<>(
                    "a number",
                    node ->
                            Optional.of(node)
                                    .filter(JsonNode::isNumber)
                                    .map(JsonNode::doubleValue)
                                    .filter(value -> Float.isFinite(value.floatValue())));
    private static final Type<Boolean> FLAG =
            new Type<>(
                    "true or false",
                    node ->
                            Optional.of(node)
                                    .filter(JsonNode::isBoolean)
                                    .map(JsonNode::booleanValue));
    private static final Type<String> TEXT = new Type<>("a string", AdapterFields::string);
    private static final Type<String> TEXTS =
            new Type<>("a string or a list of strings", AdapterFields::string);
    private static final Type<Integer> INTEGERS =
            new Type<>("an integer or a list of integers", AdapterFields::integer);

    static AdapterFields read(Path file) {
        return new AdapterFields(file, JsonFile.read(file), new Problems());
    }

    Optional<JsonNode> get(String name) {
        return Optional.ofNullable(object.get(name)).filter(node -> !node.isNull());
    }

    /** Reads a positive integer. Null is no number, in PEFT as here. */
    int positive(String name, int absent) {
        return object.has(name) ? read(name, object.path(name), POSITIVE).orElse(absent) : absent;
    }

    /** Reads a finite number. Null is no number, in PEFT as here. */
    double number(String name, double absent) {
        return object.has(name) ? read(name, object.path(name), NUMBER).orElse(absent) : absent;
    }

    /** Reads true or false; absent is false. */
    boolean flag(String name) {
        return get(name).flatMap(node -> read(name, node, FLAG)).orElse(false);
    }

    Optional<String> text(String name) {
        return get(name).flatMap(node -> read(name, node, TEXT));
    }

    /** Reads a string or a list of strings as a list; empty if absent. */
    List<String> texts(String name) {
        return list(name, TEXTS);
    }

    /** Reads an integer or a list of integers as a list; empty if absent. */
    List<Integer> integers(String name) {
        return list(name, INTEGERS);
    }

    /** Reads an object of positive integers, in the file's order; empty if absent. */
    Map<String, Integer> positives(String name) {
        return map(name, POSITIVE);
    }

    /** Reads an object of numbers, in the file's order; empty if absent. */
    Map<String, Double> numbers(String name) {
        return map(name, NUMBER);
    }

    /** Adds the problem that field {@code name} holds {@code found}, which cannot be served. */
    void refuse(String name, Object found, String expected) {
        problems.add(problem(name, found, expected));
    }

    String problem(String name, Object found, String expected) {
        return "%s: %s is %s; expected %s"
                .formatted(
                        file.getFileName(),
                        Quote.plain(name),
                        Quote.plain(found.toString()),
                        expected);
    }

    private <T> Optional<T> read(String name, JsonNode node, Type<T> type) {
        var value = type.value.apply(node);
        if (value.isEmpty()) {
            refuse(name, node, type.expected);
        }
        return value;
    }

    /** Reads a list. Only its first malformed element is shown: usually all have the same fault. */
    private <T> List<T> list(String name, Type<T> type) {
        var elements =
                get(name).stream()
                        .flatMap(n -> n.isArray() ? n.valueStream() : Stream.of(n))
                        .toList();
        elements.stream()
                .filter(element -> type.value.apply(element).isEmpty())
                .findFirst()
                .ifPresent(element -> refuse(name, element, type.expected));
        return elements.stream().flatMap(element -> type.value.apply(element).stream()).toList();
    }

    private <T> Map<String, T> map(String name, Type<T> type) {
        var node = get(name);
        if (node.isEmpty()) {
            return Map.of();
        }
        if (!(node.get() instanceof ObjectNode entries)) {
            refuse(name, node.get(), "an object of patterns and numbers");
            return Map.of();
        }
        problems.addAll(
                entries.propertyStream()
                        .filter(entry -> type.value.apply(entry.getValue()).isEmpty())
                        .map(entry ->
                                problem(
                                        name + "." + entry.getKey(),
                                        entry.getValue(),
                                        type.expected)));
        var map = new LinkedHashMap<String, T>();
        for (var entry : entries.properties()) {
            type.value.apply(entry.getValue()).ifPresent(value -> map.put(entry.getKey(), value));
        }
        return map;
    }

    private static Optional<String> string(JsonNode node) {
        return Optional.of(node).filter(JsonNode::isString).map(JsonNode::stringValue);
    }

    private static Optional<Integer> integer(JsonNode node) {
        return Optional.of(node).filter(JsonNode::isInt).map(JsonNode::intValue);
    }
}
