package org.dlora.template.syntax;

import org.dlora.template.sandbox.TemplateException;

/** The escapes of Python's string literals; an unknown one stands for itself. */
final class StringLiteral {

    private final String literal;
    private final int line;
    private final StringBuilder value = new StringBuilder();
    private int position;

    private StringLiteral(String literal, int line) {
        this.literal = literal;
        this.line = line;
    }

    static String unescape(String literal, int line) {
        return literal.indexOf('\\') < 0 ? literal : new StringLiteral(literal, line).run();
    }

    private String run() {
        while (position < literal.length()) {
            char character = literal.charAt(position++);
            if (character == '\\') {
                escape(literal.charAt(position++));
            } else {
                value.append(character);
            }
        }
        return value.toString();
    }

    private void escape(char character) {
        switch (character) {
            case '\n' -> {}
            case '\\', '\'', '"' -> value.append(character);
            case 'n' -> value.append('\n');
            case 't' -> value.append('\t');
            case 'r' -> value.append('\r');
            case 'a' -> value.append('\u0007');
            case 'b' -> value.append('\b');
            case 'f' -> value.append('\f');
            case 'v' -> value.append('\u000b');
            case 'x' -> hexadecimal(2);
            case 'u' -> hexadecimal(4);
            case 'U' -> hexadecimal(8);
            case 'N' -> named();
            case '0', '1', '2', '3', '4', '5', '6', '7' -> octal();
            default -> value.append('\\').append(character);
        }
    }

    private void hexadecimal(int digits) {
        if (position + digits > literal.length()) {
            throw TemplateException.syntax(
                    line, "truncated escape in the string '" + literal + "'");
        }
        long character = 0;
        for (int end = position + digits; position < end; position++) {
            int digit = Character.digit(literal.charAt(position), 16);
            if (digit < 0) {
                throw TemplateException.syntax(
                        line, "truncated escape in the string '" + literal + "'");
            }
            character = character * 16 + digit;
        }
        if (character > Character.MAX_CODE_POINT) {
            throw TemplateException.syntax(
                    line, "illegal Unicode character in the string '" + literal + "'");
        }
        value.appendCodePoint((int) character);
    }

    private void octal() {
        position--;
        int character = 0;
        for (int end = Math.min(position + 3, literal.length()); position < end; position++) {
            int digit = Character.digit(literal.charAt(position), 8);
            if (digit < 0) {
                break;
            }
            character = character * 8 + digit;
        }
        value.append((char) character);
    }

    private void named() {
        int end = literal.indexOf('}', position);
        if (end < 0 || literal.charAt(position) != '{') {
            throw TemplateException.syntax(line, "malformed \\N character escape");
        }
        try {
            value.appendCodePoint(Character.codePointOf(literal.substring(position + 1, end)));
        } catch (IllegalArgumentException e) {
            throw TemplateException.syntax(
                    line, "unknown Unicode character name in '" + literal + "'");
        }
        position = end + 1;
    }
}
