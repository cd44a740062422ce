package org.dlora.api.openai.tools;

import org.jspecify.annotations.Nullable;

/** Incremental checker of a JSON number. */
final class JsonNumber {
    private enum Part {
        SIGN,
        ZERO,
        DIGITS,
        POINT,
        FRACTION,
        E,
        E_SIGN,
        EXPONENT
    }

    private Part part = Part.SIGN;

    /** Begins a number with {@code c}; false if none begins so. */
    boolean begin(char c) {
        part = Part.SIGN;
        return c == '-' || add(c);
    }

    /** Takes {@code c} if the number can go on with it. */
    boolean add(char c) {
        var next = next(c);
        if (next == null) {
            return false;
        }
        part = next;
        return true;
    }

    /** Returns whether the number could end here. */
    boolean isWhole() {
        return switch (part) {
            case ZERO, DIGITS, FRACTION, EXPONENT -> true;
            case SIGN, POINT, E, E_SIGN -> false;
        };
    }

    private @Nullable Part next(char c) {
        boolean isDigit = c >= '0' && c <= '9';
        return switch (part) {
            case SIGN -> isDigit ? (c == '0' ? Part.ZERO : Part.DIGITS) : null;
            case ZERO -> c == '.' ? Part.POINT : isE(c) ? Part.E : null;
            case DIGITS -> isDigit ? Part.DIGITS : c == '.' ? Part.POINT : isE(c) ? Part.E : null;
            case POINT -> isDigit ? Part.FRACTION : null;
            case FRACTION -> isDigit ? Part.FRACTION : isE(c) ? Part.E : null;
            case E -> isDigit ? Part.EXPONENT : c == '+' || c == '-' ? Part.E_SIGN : null;
            case E_SIGN, EXPONENT -> isDigit ? Part.EXPONENT : null;
        };
    }

    private static boolean isE(char c) {
        return c == 'e' || c == 'E';
    }
}
