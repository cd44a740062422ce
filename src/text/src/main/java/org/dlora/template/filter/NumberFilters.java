package org.dlora.template.filter;

import static java.util.Map.entry;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.Map;
import java.util.regex.Pattern;
import org.dlora.template.filter.FilterRegistry.Filter;
import org.dlora.template.member.AttributePath;
import org.dlora.template.operator.Arithmetic;
import org.dlora.template.operator.BinaryOperator;
import org.dlora.template.sandbox.TemplateException;
import org.dlora.template.value.EvaluatedArguments;
import org.dlora.template.value.Iteration;
import org.dlora.template.value.None;
import org.dlora.template.value.PythonInteger;
import org.dlora.template.value.PythonType;
import org.dlora.template.value.Rendering;
import org.dlora.template.value.Strip;
import org.dlora.template.value.Undefined;
import org.jspecify.annotations.Nullable;

/** The filters whose result is a number. */
final class NumberFilters {

    private static final Pattern FLOAT =
            Pattern.compile(
                    "[-+]?(?:\\d++(?:\\.\\d*+)?|\\.\\d++)(?:[eE][-+]?\\d++)?|[-+]?(?i:nan|inf|infinity)");
    private static final int INTEGER_DIGITS = 4_300;

    static final Map<String, Filter> ALL =
            Map.ofEntries(
                    entry("int", NumberFilters::toInteger),
                    entry("float", NumberFilters::toFloat),
                    entry("abs", NumberFilters::absolute),
                    entry("round", NumberFilters::round),
                    entry("sum", NumberFilters::sum),
                    entry("length", (value, _, _) -> length(value)),
                    entry("count", (value, _, _) -> length(value)));

    private NumberFilters() {}

    private static Object length(Object value) {
        var length = Iteration.length(value);
        if (length.isEmpty()) {
            throw TemplateException.type(
                    "object of type '" + PythonType.nameOf(value) + "' has no len()");
        }
        return (long) length.getAsInt();
    }

    private static Object toInteger(
            Object value, EvaluatedArguments arguments, Rendering rendering) {
        var bound = arguments.bind("int", "default", "base");
        var otherwise = bound.get("default", 0L);
        return switch (value) {
            case String text -> {
                rendering.budget().scan(text.length());
                var integer = parseInteger(text, bound.integerOr("base", 10));
                if (integer != null) {
                    yield integer;
                }
                var number = parseFloat(text);
                yield number == null || !Double.isFinite(number)
                        ? otherwise
                        : PythonInteger.truncate(number);
            }
            case Undefined undefined -> throw undefined.failure();
            case Double number ->
                    Double.isFinite(number) ? PythonInteger.truncate(number) : otherwise;
            case Object number when PythonInteger.is(number) ->
                    PythonInteger.of(PythonInteger.big(number));
            default -> otherwise;
        };
    }

    /** Returns Python's {@code int(text, base)}, or null where the text is no integer. */
    private static @Nullable Object parseInteger(String text, int base) {
        var digits = Strip.both(text, null);
        boolean negative = digits.startsWith("-");
        if (negative || digits.startsWith("+")) {
            digits = digits.substring(1);
        }
        int prefix =
                digits.length() > 2 && digits.charAt(0) == '0'
                        ? switch (digits.charAt(1)) {
                            case 'x', 'X' -> 16;
                            case 'o', 'O' -> 8;
                            case 'b', 'B' -> 2;
                            default -> 0;
                        }
                        : 0;
        int radix = base == 0 ? (prefix == 0 ? 10 : prefix) : base;
        if (prefix == radix && prefix != 0) {
            digits = digits.substring(2);
        }
        if (radix < Character.MIN_RADIX
                || radix > Character.MAX_RADIX
                || digits.length() > INTEGER_DIGITS) {
            return null;
        }
        boolean separated = digits.startsWith("_") || digits.endsWith("_") || digits.contains("__");
        var plain = digits.replace("_", "");
        if (separated
                || plain.isEmpty()
                || !plain.chars().allMatch(c -> Character.digit(c, radix) >= 0)) {
            return null;
        }
        var magnitude = new BigInteger(plain, radix);
        return PythonInteger.of(negative ? magnitude.negate() : magnitude);
    }

    private static @Nullable Double parseFloat(String text) {
        var number = Strip.both(text, null).replaceAll("(?<=\\d)_(?=\\d)", "");
        if (!FLOAT.matcher(number).matches()) {
            return null;
        }
        double sign = number.startsWith("-") ? -1 : 1;
        return switch (number.charAt(number.length() - 1)) {
            case 'n', 'N' -> Double.NaN;
            case 'f', 'F', 'y', 'Y' -> sign * Double.POSITIVE_INFINITY;
            default -> Double.valueOf(number);
        };
    }

    private static Object toFloat(Object value, EvaluatedArguments arguments, Rendering rendering) {
        var otherwise = arguments.bind("float", "default").get("default", 0.0);
        return switch (value) {
            case String text -> {
                rendering.budget().scan(text.length());
                var number = parseFloat(text);
                yield number == null ? otherwise : number;
            }
            case Undefined undefined -> throw undefined.failure();
            case Object number when Arithmetic.isNumber(number) -> Arithmetic.toDouble(number);
            default -> otherwise;
        };
    }

    private static Object absolute(
            Object value, EvaluatedArguments arguments, Rendering rendering) {
        return switch (value) {
            case Double number -> Math.abs(number);
            case Object number when PythonInteger.is(number) ->
                    PythonInteger.of(PythonInteger.big(number).abs());
            case Undefined undefined -> throw undefined.failure();
            default ->
                    throw TemplateException.type(
                            "bad operand type for abs(): '" + PythonType.nameOf(value) + "'");
        };
    }

    private static Object round(Object value, EvaluatedArguments arguments, Rendering rendering) {
        var bound = arguments.bind("round", "precision", "method");
        int precision = bound.integerOr("precision", 0);
        if (value instanceof Undefined undefined) {
            throw undefined.failure();
        }
        if (!Arithmetic.isNumber(value)) {
            throw TemplateException.type(
                    "type " + PythonType.nameOf(value) + " doesn't define __round__ method");
        }
        var mode =
                switch (bound.textOr("method", "common")) {
                    case "common" -> RoundingMode.HALF_EVEN;
                    case "ceil" -> RoundingMode.CEILING;
                    case "floor" -> RoundingMode.FLOOR;
                    default ->
                            throw TemplateException.value("method must be common, ceil or floor");
                };
        if (value instanceof Double number) {
            return Double.isFinite(number) && Math.abs((long) precision) <= 400
                    ? round(number, precision, mode)
                    : number;
        }
        if (mode != RoundingMode.HALF_EVEN) {
            double number = Arithmetic.toDouble(value);
            return precision < 0 && precision >= -400 ? round(number, precision, mode) : number;
        }
        int digits = Math.clamp(precision, -INTEGER_DIGITS, 0);
        return PythonInteger.of(
                new BigDecimal(PythonInteger.big(value)).setScale(digits, mode).toBigInteger());
    }

    private static double round(double number, int precision, RoundingMode mode) {
        if (mode == RoundingMode.HALF_EVEN) {
            return Math.copySign(
                    new BigDecimal(number).setScale(precision, mode).doubleValue(), number);
        }
        // The product is rounded to a float first, as in math.ceil(value * 10**precision).
        double scale = Math.pow(10, precision);
        return (mode == RoundingMode.CEILING
                        ? Math.ceil(number * scale)
                        : Math.floor(number * scale))
                / scale;
    }

    private static Object sum(Object value, EvaluatedArguments arguments, Rendering rendering) {
        var bound = arguments.bind("sum", "attribute", "start");
        var path = AttributePath.of(bound.get("attribute", None.NONE), rendering);
        var arithmetic = new Arithmetic(rendering);
        var sum = bound.get("start", 0L);
        for (var item : Iteration.list(value, rendering.budget())) {
            rendering.budget().step();
            sum = arithmetic.apply(BinaryOperator.ADD, sum, path.get(item));
        }
        return sum;
    }
}
