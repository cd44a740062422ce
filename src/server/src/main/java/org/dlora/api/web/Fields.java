package org.dlora.api.web;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiFunction;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The members of a JSON object, each read with its expected type and range. JSON null means absent,
 * because OpenAI's clients send it so. A member that was not read is an unknown parameter.
 */
public final class Fields {
    private static final int SHOWN = 60;

    /** Most known names that the refusal of an unknown name lists. */
    private static final int FEW = 8;

    private final ObjectNode object;
    private final String prefix;
    private final Set<String> known = new HashSet<>();

    private Fields(ObjectNode object, String prefix) {
        this.object = object;
        this.prefix = prefix;
    }

    public static Fields of(ObjectNode object) {
        return new Fields(object, "");
    }

    /** Returns the members of {@code node}, a part of a body that errors call {@code path}. */
    public static Fields at(String path, JsonNode node) {
        if (node instanceof ObjectNode object) {
            return new Fields(object, path + ".");
        }
        throw wrong(path, "an object", node);
    }

    /**
     * Returns the value under {@code name}, including JSON null; empty only if the name is absent.
     */
    public Optional<JsonNode> given(String name) {
        known.add(name);
        return Optional.ofNullable(object.get(name));
    }

    /** Returns the value under {@code name}, of any type; empty for JSON null. */
    public Optional<JsonNode> any(String name) {
        known.add(name);
        return Optional.ofNullable(object.get(name)).filter(node -> !node.isNull());
    }

    /**
     * Returns the change that the value under {@code name} asks for; empty if the name is absent.
     *
     * @param cleared what JSON null asks for
     * @param reader reads another value at a path
     */
    public <T> Optional<T> change(
            String name, T cleared, BiFunction<String, JsonNode, ? extends T> reader) {
        return given(name).map(node -> node.isNull() ? cleared : reader.apply(path(name), node));
    }

    /** Returns the value under {@code name}, and refuses JSON null or an absent name. */
    public JsonNode required(String name, String expected) {
        return any(name)
                .orElseThrow(() ->
                        ApiException.invalid(
                                path(name), "'" + path(name) + "' is required: " + expected + "."));
    }

    /** Reads an integer from {@code min} to {@code max}. */
    public OptionalInt integer(String name, int min, int max) {
        return any(name)
                .map(node -> OptionalInt.of(integer(path(name), node, min, max)))
                .orElse(OptionalInt.empty());
    }

    /** Reads an integer in any notation: 3, 3.0 or 3e0. */
    public static int integer(String path, JsonNode node, int min, int max) {
        var value = node.intValueOpt();
        if (value.isEmpty() || value.getAsInt() < min || value.getAsInt() > max) {
            throw wrong(
                    path,
                    "an integer "
                            + range(
                                    String.valueOf(min),
                                    max == Integer.MAX_VALUE ? null : String.valueOf(max)),
                    node);
        }
        return value.getAsInt();
    }

    /** Reads an integer of 64 bits in any notation. */
    public OptionalLong wholeNumber(String name) {
        var node = any(name).orElse(null);
        if (node == null) {
            return OptionalLong.empty();
        }
        var value = node.longValueOpt();
        if (value.isEmpty()) {
            throw wrong(path(name), "an integer of 64 bits", node);
        }
        return value;
    }

    /** Reads a number from {@code min} to {@code max}. */
    public OptionalDouble number(String name, double min, double max) {
        return any(name)
                .map(node -> OptionalDouble.of(number(path(name), node, min, max)))
                .orElse(OptionalDouble.empty());
    }

    /** Reads a number from {@code min} to {@code max}. */
    public static double number(String path, JsonNode node, double min, double max) {
        if (!node.isNumber() || !(node.doubleValue() >= min && node.doubleValue() <= max)) {
            throw wrong(path, "a number " + range(plain(min), plain(max)), node);
        }
        return node.doubleValue();
    }

    /** Reads a number above 0 and at most {@code max}. */
    public OptionalDouble positive(String name, double max) {
        var node = any(name).orElse(null);
        if (node == null) {
            return OptionalDouble.empty();
        }
        if (!node.isNumber() || !(node.doubleValue() > 0 && node.doubleValue() <= max)) {
            throw wrong(path(name), "a number above 0, at most " + plain(max), node);
        }
        return OptionalDouble.of(node.doubleValue());
    }

    public boolean flag(String name, boolean otherwise) {
        return any(name).map(node -> flag(path(name), node)).orElse(otherwise);
    }

    /** Returns {@code node}, the value at {@code path}, which must be true or false. */
    public static boolean flag(String path, JsonNode node) {
        if (!node.isBoolean()) {
            throw wrong(path, "true or false", node);
        }
        return node.booleanValue();
    }

    /** Returns {@code node}, the weight at {@code path}; 1 for JSON null. */
    public static double weight(String path, JsonNode node) {
        if (!node.isNull() && !node.isNumber()) {
            throw wrong(path, "a number, or null for 1", node);
        }
        return node.isNull() ? 1 : node.doubleValue();
    }

    /** Reads a string. */
    public Optional<String> text(String name) {
        return any(name).map(node -> text(path(name), node));
    }

    /** Reads a string that is one of {@code words}. */
    public Optional<String> word(String name, List<String> words) {
        var text = text(name);
        if (text.isPresent() && !words.contains(text.get())) {
            throw ApiException.invalid(
                    path(name),
                    "'%s' must be one of %s, but is '%s'."
                            .formatted(path(name), String.join(", ", words), text.get()));
        }
        return text;
    }

    /** Returns {@code node}, the value at {@code path}, which must be a string. */
    public static String text(String path, JsonNode node) {
        if (!node.isString()) {
            throw wrong(path, "a string", node);
        }
        return node.stringValue();
    }

    /** Reads an array. */
    public Optional<ArrayNode> array(String name) {
        return any(name).map(node -> array(path(name), node));
    }

    /** Returns {@code node}, the value at {@code path}, which must be an array. */
    public static ArrayNode array(String path, JsonNode node) {
        if (node instanceof ArrayNode array) {
            return array;
        }
        throw wrong(path, "an array", node);
    }

    /** Reads an object. */
    public Optional<ObjectNode> object(String name) {
        return any(name).map(node -> object(path(name), node));
    }

    /** Returns {@code node}, the value at {@code path}, which must be an object. */
    public static ObjectNode object(String path, JsonNode node) {
        if (node instanceof ObjectNode object) {
            return object;
        }
        throw wrong(path, "an object", node);
    }

    /**
     * Refuses {@code name} unless it is absent or has a {@code harmless} value, which changes
     * nothing.
     */
    public void unsupported(String name, String what, Predicate<JsonNode> harmless) {
        any(name)
                .filter(harmless.negate())
                .ifPresent(_ -> {
                    throw ApiException.unsupported(path(name), what);
                });
    }

    /** Accepts {@code names}, which have no effect here. */
    public void ignore(String... names) {
        Stream.of(names).forEach(this::given);
    }

    /** Returns whether {@code name} has a value. */
    public boolean has(String name) {
        return any(name).isPresent();
    }

    /**
     * Refuses the first member that was not read.
     *
     * @throws ApiException if there is one
     */
    public void end() {
        end(_ -> false);
    }

    /**
     * Refuses the first member that was not read and is not null: clients write null for what they
     * do not ask for.
     *
     * @throws ApiException if there is one
     */
    public void endButNulls() {
        end(JsonNode::isNull);
    }

    private void end(Predicate<JsonNode> harmless) {
        for (var member : object.properties()) {
            var name = member.getKey();
            if (!known.contains(name) && !harmless.test(member.getValue())) {
                if (known.isEmpty()) {
                    throw ApiException.unknown(path(name));
                }
                var names = known.size() <= FEW ? new TreeSet<>(known) : Set.<String>of();
                throw ApiException.unknown(path(name), names);
            }
        }
    }

    /** Returns the path of the member {@code name} in errors. */
    public String path(String name) {
        return prefix + name;
    }

    /** Returns the refusal of {@code node}, the value at {@code path}. */
    public static ApiException wrong(String path, String expected, JsonNode node) {
        return ApiException.invalid(
                path, "'" + path + "' must be " + expected + ", but is " + show(node) + ".");
    }

    /** Returns a value as error messages quote it, shortened. */
    public static String show(JsonNode node) {
        if (node.isObject() || node.isArray()) {
            return node.isObject() ? "an object" : "an array of " + node.size();
        }
        var json = node.toString();
        return json.length() <= SHOWN ? json : json.substring(0, SHOWN) + "…";
    }

    private static String range(String min, @Nullable String max) {
        return max == null ? "of at least " + min : "from " + min + " to " + max;
    }

    private static String plain(double bound) {
        return bound == Math.rint(bound) ? String.valueOf((long) bound) : String.valueOf(bound);
    }
}
