package org.dlora.constraint.schema;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.dlora.constraint.grammar.ConstraintException;
import org.dlora.constraint.grammar.Dfa;
import org.dlora.constraint.regex.TextEncoding;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Values of {@code enum} and {@code const} that the keywords beside them allow. */
final class ListedValues {
    /** The most digits of a number that is divided. */
    private static final int MAX_DIGITS = 100;

    private final ObjectNode schema;
    private final String at;
    private @Nullable List<Dfa> texts;

    ListedValues(ObjectNode schema, String at) {
        this.schema = schema;
        this.at = at;
    }

    /**
     * Returns the values.
     *
     * @throws ConstraintException if keywords would choose among arrays or objects, which is not
     *     looked at, or if a number is too long to be divided by {@code multipleOf}
     */
    Set<JsonNode> values() {
        var listed = listed();
        listed.removeIf(value -> !mayAllow(value));
        for (var value : listed) {
            if (value.isNumber()
                    && schema.has("multipleOf")
                    && ScalarSchema.isLong(value.decimalValue(), MAX_DIGITS)) {
                throw Keywords.wrong(
                        at,
                        schema.has("enum") ? "enum" : "const",
                        "numbers of at most %d digits beside 'multipleOf'".formatted(MAX_DIGITS),
                        value);
            }
            if ((value.isObject() && Keywords.hasAny(schema, Keywords.OBJECT))
                    || (value.isArray() && Keywords.hasAny(schema, Keywords.ARRAY))) {
                throw new ConstraintException(
                        at + "enum",
                        "'%s' lists arrays or objects, and has further keywords that would choose among them. Leave those out."
                                .formatted(at + (schema.has("enum") ? "enum" : "const")));
            }
        }
        return listed;
    }

    /** Returns all listed values; empty if none are. */
    private Set<JsonNode> listed() {
        var listed = new LinkedHashSet<JsonNode>();
        schema.path("enum").forEach(listed::add);
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
        return listed;
    }

    /** Returns the values that may be valid, in the form that equal ones share. */
    Set<JsonNode> possible() {
        var possible = listed();
        possible.removeIf(value -> !mayAllow(value));
        return JsonValues.canonical(possible);
    }

    /**
     * Returns whether a value may be valid; keywords of arrays and objects are not looked at, and
     * no long number is divided.
     */
    boolean mayAllow(JsonNode value) {
        var type = SchemaTypes.of(value);
        if (schema.has("type") && !SchemaTypes.allow(SchemaTypes.of(schema, at), type)) {
            return false;
        }
        return switch (type) {
            case "string" -> allowsText(value.stringValue());
            case "integer", "number" -> allowsNumber(value.decimalValue());
            default -> true;
        };
    }

    private boolean allowsText(String text) {
        var scalar = new ScalarSchema(schema, at);
        int length = text.codePointCount(0, text.length());
        if (texts == null) {
            texts = new ArrayList<>(scalar.texts(TextEncoding.PLAIN));
        }
        return length >= ScalarSchema.count(schema, "minLength", at, 0)
                && length <= ScalarSchema.count(schema, "maxLength", at, Integer.MAX_VALUE)
                && texts.stream().allMatch(dfa -> dfa.matches(text.getBytes(UTF_8)));
    }

    private boolean allowsNumber(BigDecimal number) {
        var scalar = new ScalarSchema(schema, at);
        var min = scalar.min();
        var max = scalar.max();
        if (min != null && number.compareTo(min.value()) < (min.exclusive() ? 1 : 0)) {
            return false;
        }
        if (max != null && max.value().compareTo(number) < (max.exclusive() ? 1 : 0)) {
            return false;
        }
        var divisor = scalar.divisor();
        return divisor == null
                || ScalarSchema.isLong(number, MAX_DIGITS)
                || number.remainder(divisor).signum() == 0;
    }
}
