package org.dlora.template.value;

import java.math.BigDecimal;

/**
 * {@code float.__repr__}: the shortest digits that read back as the same number, in Python's
 * notation.
 */
public final class PythonFloat {

    private PythonFloat() {}

    public static String repr(double value) {
        if (Double.isNaN(value)) {
            return "nan";
        }
        if (Double.isInfinite(value)) {
            return value > 0 ? "inf" : "-inf";
        }
        if (value == 0) {
            return 1 / value < 0 ? "-0.0" : "0.0";
        }
        // Double.toString has been the shortest round-trip since JDK 19; only its notation is
        // Java's.
        var decimal = new BigDecimal(Double.toString(Math.abs(value))).stripTrailingZeros();
        var digits = decimal.unscaledValue().toString();
        int point = digits.length() - decimal.scale();
        return (value < 0 ? "-" : "")
                + (point > -4 && point <= 16 ? plain(digits, point) : scientific(digits, point));
    }

    private static String plain(String digits, int point) {
        if (point <= 0) {
            return "0." + "0".repeat(-point) + digits;
        }
        if (point >= digits.length()) {
            return digits + "0".repeat(point - digits.length()) + ".0";
        }
        return digits.substring(0, point) + "." + digits.substring(point);
    }

    private static String scientific(String digits, int point) {
        var mantissa = digits.length() == 1 ? digits : digits.charAt(0) + "." + digits.substring(1);
        return mantissa + exponent(point - 1);
    }

    /** Returns an exponent such as {@code e+07}: a sign and at least two digits. */
    public static String exponent(int exponent) {
        return (exponent < 0 ? "e-" : "e+")
                + (Math.abs(exponent) < 10 ? "0" : "")
                + Math.abs(exponent);
    }
}
