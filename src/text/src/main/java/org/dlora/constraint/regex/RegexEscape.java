package org.dlora.constraint.regex;

import org.dlora.constraint.grammar.ConstraintException;

/** Parser of the escape of one character, {@code \n}, {@code \x41}. */
final class RegexEscape {
    private final RegexParser parser;

    /**
     * @param parser behind the backslash
     */
    RegexEscape(RegexParser parser) {
        this.parser = parser;
    }

    /** Returns the character of the escape whose letter comes next. */
    int character() {
        int c = parser.read();
        return switch (c) {
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'f' -> '\f';
            case 'v' -> 0x0B;
            case 'a' -> 7;
            case 'e' -> 0x1B;
            case '0' -> 0;
            case 'x' -> parser.take('{') ? hexUntilBrace() : hexDigits(2);
            case 'u' -> parser.take('{') ? hexUntilBrace() : utf16();
            case 'U' -> hexDigits(8);
            default -> {
                if (Character.isLetterOrDigit(c)) {
                    throw parser.refused("\\" + Character.toString(c));
                }
                yield c;
            }
        };
    }

    private int utf16() {
        int first = hexDigits(4);
        if (first >= 0xD800 && first <= 0xDBFF && parser.isNext("\\u")) {
            parser.read();
            parser.read();
            return Character.toCodePoint((char) first, (char) hexDigits(4));
        }
        return first;
    }

    private int hexUntilBrace() {
        int value = 0;
        int digits = 0;
        while (parser.peek() >= 0 && parser.peek() != '}') {
            value = hex(value);
            digits++;
        }
        if (digits == 0) {
            throw notHexadecimal();
        }
        if (!parser.take('}')) {
            throw parser.malformed("a character code is not closed");
        }
        return value;
    }

    private int hexDigits(int digits) {
        int value = 0;
        for (int i = 0; i < digits; i++) {
            value = hex(value);
        }
        return value;
    }

    /** Returns a value with one digit more. */
    private int hex(int value) {
        int digit = Character.digit(parser.read(), 16);
        int more = value * 16 + digit;
        if (digit < 0 || more > Character.MAX_CODE_POINT) {
            throw notHexadecimal();
        }
        return more;
    }

    private ConstraintException notHexadecimal() {
        return parser.malformed("a character code is not hexadecimal, or too large");
    }
}
