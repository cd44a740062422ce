package org.dlora.api.openai.tools;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Numbers of Python as JSON writes them. */
final class PythonNumber {
    static final Pattern FORM =
            Pattern.compile(
                    "[+-]?(?:0[xX][0-9a-fA-F]+|(?:\\d[\\d_]*\\.?[\\d_]*|\\.\\d[\\d_]*)(?:[eE][+-]?\\d+)?)");

    /** Longer ones take too long to convert. */
    private static final int MAX_LENGTH = 1000;

    private PythonNumber() {}

    /** Returns the number as JSON; null if it is none, or out of the range of doubles. */
    static @Nullable String json(String python) {
        var number = python.replace("_", "").replaceFirst("^\\+", "");
        if (number.length() > MAX_LENGTH) {
            return null;
        }
        try {
            if (number.contains("x") || number.contains("X")) {
                return new BigInteger(number.replaceFirst("0[xX]", ""), 16).toString();
            }
            if (number.matches("-?\\d+")) {
                return new BigInteger(number).toString();
            }
            double value = Double.parseDouble(number);
            return Double.isFinite(value) ? json(new BigDecimal(number), value) : null;
        } catch (NumberFormatException _) {
            return null;
        }
    }

    // As it is written, unless that would be very long.
    private static String json(BigDecimal number, double value) {
        return Math.abs(number.scale()) > MAX_LENGTH ? Double.toString(value) : number.toString();
    }
}
