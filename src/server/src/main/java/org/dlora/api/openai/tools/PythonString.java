package org.dlora.api.openai.tools;

import org.jspecify.annotations.Nullable;

/**
 * A string literal of Python.
 *
 * @param value its characters
 * @param end index after the literal
 */
record PythonString(String value, int end) {

    /**
     * Returns the literal at {@code start}, a prefix such as {@code r} included.
     *
     * @return null if it does not end, or has what a plain string has not
     */
    static @Nullable PythonString at(String text, int start) {
        int at = start;
        while (!PythonLiteral.isQuote(text.charAt(at))) {
            at++;
        }
        var prefix = text.substring(start, at);
        var quote = text.substring(at, at + 1);
        if (text.startsWith(quote.repeat(3), at)) {
            quote = quote.repeat(3);
        }
        boolean isRaw = prefix.equalsIgnoreCase("r");
        boolean isFormat = prefix.equalsIgnoreCase("f");
        var value = new StringBuilder();
        for (at += quote.length(); at < text.length(); ) {
            char c = text.charAt(at);
            if (text.startsWith(quote, at)) {
                return new PythonString(value.toString(), at + quote.length());
            }
            if (isFormat && (c == '{' || c == '}')) {
                return null;
            }
            if (c == '\\' && at + 1 < text.length()) {
                at = isRaw ? raw(text, at, value) : escape(text, at, value);
            } else {
                value.append(c);
                at++;
            }
        }
        return null;
    }

    private static int raw(String text, int at, StringBuilder value) {
        value.append(text, at, at + 2);
        return at + 2;
    }

    /** Appends the character of the escape at {@code at} and returns the index after it. */
    private static int escape(String text, int at, StringBuilder value) {
        char c = text.charAt(at + 1);
        int plain = "abfnrtv\\'\"".indexOf(c);
        if (plain >= 0) {
            value.append("\u0007\b\f\n\r\t\u000b\\'\"".charAt(plain));
            return at + 2;
        }
        return switch (c) {
            case '\n' -> at + 2;
            case 'x' -> code(text, at, 2, 16, value);
            case 'u' -> code(text, at, 4, 16, value);
            case 'U' -> code(text, at, 8, 16, value);
            case '0', '1', '2', '3', '4', '5', '6', '7' -> octal(text, at, value);
            default -> raw(text, at, value);
        };
    }

    private static int code(String text, int at, int digits, int radix, StringBuilder value) {
        int from = at + 2;
        int end = from + digits;
        try {
            value.appendCodePoint(Integer.parseInt(text.substring(from, end), radix));
            return end;
        } catch (IllegalArgumentException | IndexOutOfBoundsException _) {
            // Not an escape after all.
            return raw(text, at, value);
        }
    }

    private static int octal(String text, int at, StringBuilder value) {
        int end = at + 1;
        int code = 0;
        while (end < Math.min(text.length(), at + 4) && Character.digit(text.charAt(end), 8) >= 0) {
            code = code * 8 + Character.digit(text.charAt(end++), 8);
        }
        value.append((char) code);
        return end;
    }
}
