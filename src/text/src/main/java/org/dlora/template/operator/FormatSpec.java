package org.dlora.template.operator;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Locale;
import java.util.regex.Pattern;
import org.dlora.template.sandbox.Sandbox;
import org.dlora.template.sandbox.TemplateException;
import org.dlora.template.value.PythonFloat;
import org.dlora.template.value.PythonInteger;
import org.jspecify.annotations.Nullable;

/**
 * Python's format specification of one value: {@code
 * [[fill]align][sign][#][0][width][,][.precision][type]}.
 *
 * @param fill one character
 * @param align one of {@code < > = ^}, or a space for the type's own
 * @param sign one of {@code + -} or a space
 * @param grouping the thousands separator, or a space for none
 * @param precision -1 where absent
 * @param type a conversion letter, or a space where absent
 */
public record FormatSpec(
        String fill,
        char align,
        char sign,
        boolean alternate,
        int width,
        char grouping,
        int precision,
        char type) {

    private static final Pattern SYNTAX =
            Pattern.compile(
                    "(?:(?<fill>.)?(?<align>[<>=^]))?(?<sign>[-+ ])?(?<alternate>#)?(?<zero>0)?(?<width>\\d*+)"
                            + "(?<grouping>[,_])?(?:\\.(?<precision>\\d++))?(?<type>[bcdeEfFgGnosxX%])?",
                    Pattern.DOTALL);

    public static FormatSpec parse(String text) {
        var matcher = SYNTAX.matcher(text);
        if (!matcher.matches()) {
            throw TemplateException.value("Invalid format specifier '" + text + "'");
        }
        boolean zero = matcher.group("zero") != null;
        var fill = matcher.group("fill");
        return new FormatSpec(
                fill != null ? fill : zero ? "0" : " ",
                first(matcher.group("align"), zero ? '=' : ' '),
                first(matcher.group("sign"), '-'),
                matcher.group("alternate") != null,
                bounded(matcher.group("width")),
                first(matcher.group("grouping"), ' '),
                matcher.group("precision") == null ? -1 : bounded(matcher.group("precision")),
                first(matcher.group("type"), ' '));
    }

    private static char first(@Nullable String text, char otherwise) {
        return text == null || text.isEmpty() ? otherwise : text.charAt(0);
    }

    static int bounded(String digits) {
        int number =
                digits.isEmpty()
                        ? 0
                        : digits.length() > 6 ? Integer.MAX_VALUE : Integer.parseInt(digits);
        if (number > Sandbox.MAX_FORMAT_WIDTH) {
            throw TemplateException.limit(
                    "a format's width or precision is above "
                            + Sandbox.MAX_FORMAT_WIDTH
                            + ": "
                            + digits);
        }
        return number;
    }

    public String format(String text) {
        if ((type != ' ' && type != 's') || (align == '=' && !fill.equals("0"))) {
            throw TemplateException.value(
                    "Unknown format code '" + type + "' for object of type 'str'");
        }
        int length = text.codePointCount(0, text.length());
        var cut =
                precision >= 0 && precision < length
                        ? text.substring(0, text.offsetByCodePoints(0, precision))
                        : text;
        return pad("", cut, align == ' ' || align == '=' ? '<' : align);
    }

    public String format(BigInteger value) {
        var prefix =
                signOf(value.signum() < 0)
                        + (alternate && "boxX".indexOf(type) >= 0 ? "0" + type : "");
        int room = width - prefix.length();
        var magnitude = value.abs();
        var digits =
                switch (type) {
                    case ' ', 'd', 'n' -> group(magnitude.toString(), 3, room);
                    case 'b' -> group(magnitude.toString(2), 4, room);
                    case 'o' -> group(magnitude.toString(8), 4, room);
                    case 'x' -> group(magnitude.toString(16), 4, room);
                    case 'X' -> group(magnitude.toString(16).toUpperCase(Locale.ROOT), 4, room);
                    case 'c' -> character(value);
                    default -> "";
                };
        if (digits.isEmpty()) {
            return format(Arithmetic.toDouble(PythonInteger.of(value)));
        }
        if (precision >= 0) {
            throw TemplateException.value("Precision not allowed in integer format specifier");
        }
        return pad(prefix, digits, numberAlign());
    }

    private static String character(BigInteger value) {
        if (value.signum() < 0
                || value.bitLength() > 21
                || !Character.isValidCodePoint(value.intValue())) {
            throw TemplateException.value("%c arg not in range(0x110000)");
        }
        return Character.toString(value.intValue());
    }

    public String format(double value) {
        boolean negative = value < 0 || (value == 0 && 1 / value < 0);
        if (!Double.isFinite(value)) {
            return pad(signOf(negative), Double.isNaN(value) ? "nan" : "inf", numberAlign());
        }
        var magnitude = new BigDecimal(Math.abs(value));
        var digits =
                switch (type) {
                    case 'f', 'F' -> fixed(magnitude);
                    case '%' -> fixed(magnitude.movePointRight(2)) + "%";
                    case 'e', 'E' -> scientific(magnitude, precision < 0 ? 6 : precision);
                    case 'g', 'G', 'n' -> general(magnitude, false);
                    case ' ' ->
                            precision < 0
                                    ? PythonFloat.repr(Math.abs(value))
                                    : general(magnitude, true);
                    default ->
                            throw TemplateException.value(
                                    "Unknown format code '"
                                            + type
                                            + "' for object of type 'float'");
                };
        var sign = signOf(negative);
        int point = digits.indexOf('.') < 0 ? digits.length() : digits.indexOf('.');
        var rest = digits.substring(point);
        var grouped =
                group(digits.substring(0, point), 3, width - sign.length() - rest.length()) + rest;
        return pad(
                sign,
                Character.isUpperCase(type) ? grouped.toUpperCase(Locale.ROOT) : grouped,
                numberAlign());
    }

    private String fixed(BigDecimal magnitude) {
        return magnitude
                .setScale(precision < 0 ? 6 : precision, RoundingMode.HALF_EVEN)
                .toPlainString();
    }

    private static String scientific(BigDecimal magnitude, int precision) {
        var rounded = magnitude.round(new MathContext(precision + 1, RoundingMode.HALF_EVEN));
        var digits = rounded.unscaledValue().toString();
        int exponent = rounded.signum() == 0 ? 0 : digits.length() - 1 - rounded.scale();
        var padded =
                rounded.signum() == 0
                        ? "0".repeat(precision + 1)
                        : digits + "0".repeat(Math.max(0, precision + 1 - digits.length()));
        var mantissa =
                padded.charAt(0) + (precision == 0 ? "" : "." + padded.substring(1, precision + 1));
        return mantissa + PythonFloat.exponent(exponent);
    }

    /** Formats significant digits without trailing zeros, in the shorter notation. */
    private String general(BigDecimal magnitude, boolean keepPoint) {
        int digits = precision < 0 ? 6 : Math.max(1, precision);
        var rounded = magnitude.round(new MathContext(digits, RoundingMode.HALF_EVEN));
        int exponent = rounded.signum() == 0 ? 0 : rounded.precision() - 1 - rounded.scale();
        if (exponent < -4 || exponent >= (keepPoint ? digits - 1 : digits)) {
            var text = scientific(rounded, digits - 1);
            int e = text.indexOf('e');
            return stripZeros(text.substring(0, e)) + text.substring(e);
        }
        var plain = rounded.signum() == 0 ? "0" : stripZeros(rounded.toPlainString());
        return keepPoint && plain.indexOf('.') < 0 ? plain + ".0" : plain;
    }

    private static String stripZeros(String number) {
        if (number.indexOf('.') < 0) {
            return number;
        }
        int end = number.length();
        while (number.charAt(end - 1) == '0') {
            end--;
        }
        return number.substring(0, number.charAt(end - 1) == '.' ? end - 1 : end);
    }

    /**
     * Separates groups of {@code size} digits. Zeros that fill {@code room} are grouped as well.
     */
    private String group(String digits, int size, int room) {
        if (grouping == ' ') {
            return digits;
        }
        if (align == '=' && fill.equals("0")) {
            int filled = Math.ceilDiv(room * size + 1, size + 1);
            return grouped("0".repeat(Math.max(0, filled - digits.length())) + digits, size);
        }
        return grouped(digits, size);
    }

    private String grouped(String digits, int size) {
        var grouped = new StringBuilder();
        for (int i = 0; i < digits.length(); i++) {
            if (i > 0 && (digits.length() - i) % size == 0) {
                grouped.append(grouping);
            }
            grouped.append(digits.charAt(i));
        }
        return grouped.toString();
    }

    private String signOf(boolean negative) {
        return negative ? "-" : sign == '-' ? "" : String.valueOf(sign);
    }

    private char numberAlign() {
        return align == ' ' ? '>' : align;
    }

    private String pad(String prefix, String body, char align) {
        int missing = width - prefix.length() - body.codePointCount(0, body.length());
        if (missing <= 0) {
            return prefix + body;
        }
        return switch (align) {
            case '<' -> prefix + body + fill.repeat(missing);
            case '^' ->
                    fill.repeat(missing / 2) + prefix + body + fill.repeat(missing - missing / 2);
            case '=' -> prefix + fill.repeat(missing) + body;
            default -> fill.repeat(missing) + prefix + body;
        };
    }
}
