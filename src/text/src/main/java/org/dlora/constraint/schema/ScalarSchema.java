package org.dlora.constraint.schema;

import static org.dlora.constraint.grammar.Expr.Repeat.UNBOUNDED;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import org.dlora.constraint.grammar.ConstraintException;
import org.dlora.constraint.grammar.Determinizer;
import org.dlora.constraint.grammar.Dfa;
import org.dlora.constraint.grammar.Expr;
import org.dlora.constraint.regex.Regex;
import org.dlora.constraint.regex.TextEncoding;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** Constants, strings and numbers that are valid against a schema. */
final class ScalarSchema {
    private final ObjectNode schema;
    private final String at;

    ScalarSchema(ObjectNode schema, String at) {
        this.schema = schema;
        this.at = at;
    }

    /** Returns the values of {@code enum} and {@code const} that are valid. */
    Expr constants() {
        var listed = new ListedValues(schema, at).values();
        if (listed.isEmpty()) {
            throw new ConstraintException(
                    at + "enum",
                    "No listed value is valid beside the other keywords at '%s'."
                            .formatted(at + "enum"));
        }
        return Expr.oneOf(listed.stream().map(Values::literal).toList());
    }

    /** Returns strings with the schema's lengths, pattern and format. */
    Expr string(Values values) {
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

    /** Returns numbers within the schema's bounds. */
    Expr number(Values values, boolean isInteger) {
        return values.number(isInteger, min(), max(), divisor(), at);
    }

    JsonNumbers.@Nullable Bound min() {
        return bound(schema, "minimum", "exclusiveMinimum", true, at);
    }

    JsonNumbers.@Nullable Bound max() {
        return bound(schema, "maximum", "exclusiveMaximum", false, at);
    }

    /** Returns the divisor of all numbers; null if there is none. */
    @Nullable BigDecimal divisor() {
        var divisor = schema.has("multipleOf") ? decimal(schema, "multipleOf", at) : null;
        if (divisor != null && divisor.signum() <= 0) {
            throw Keywords.wrong(at, "multipleOf", "a number above 0", schema.get("multipleOf"));
        }
        return divisor;
    }

    /** Returns the contents that {@code pattern} and {@code format} allow, each an automaton. */
    List<Dfa> texts(TextEncoding encoding) {
        var texts = new ArrayList<Dfa>();
        var pattern = text(schema, "pattern", at);
        if (pattern != null) {
            texts.add(Determinizer.dfa(Regex.search(pattern, encoding)));
        }
        var format = text(schema, "format", at);
        if (format != null) {
            Values.checkFormat(format, at);
            FormatPatterns.pattern(format)
                    .ifPresent(known -> texts.add(Determinizer.dfa(Regex.whole(known, encoding))));
        }
        return texts;
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
        if (isLong(value, 40)) {
            throw Keywords.wrong(at, keyword, "a number of at most 40 digits", given);
        }
        return value;
    }

    /** Returns whether a number has more digits, or an exponent that makes arithmetic long. */
    static boolean isLong(BigDecimal value, int digits) {
        return value.precision() > digits || value.scale() > 400 || value.scale() < -400;
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
}
