package org.dlora.constraint.gbnf;

import org.dlora.constraint.grammar.ConstraintException;

/** Reader of the characters of a grammar, which skips comments. */
final class GbnfText {
    private final int[] chars;
    private int at;

    GbnfText(String text) {
        chars = text.codePoints().toArray();
    }

    /** Returns the next character, or -1 at the end. */
    int peek() {
        return at < chars.length ? chars[at] : -1;
    }

    int read() {
        if (at == chars.length) {
            throw malformed("it ends too early");
        }
        return chars[at++];
    }

    boolean take(String text) {
        int[] expected = text.codePoints().toArray();
        for (int i = 0; i < expected.length; i++) {
            if (at + i >= chars.length || chars[at + i] != expected[i]) {
                return false;
            }
        }
        at += expected.length;
        return true;
    }

    /** Skips white space and comments. */
    void skip() {
        while (at < chars.length && (Character.isWhitespace(chars[at]) || chars[at] == '#')) {
            if (chars[at] == '#') {
                while (at < chars.length && chars[at] != '\n') {
                    at++;
                }
            } else {
                at++;
            }
        }
    }

    /** Returns a name of a rule; empty if none comes next. */
    String name() {
        int start = at;
        while (at < chars.length && isOfName(chars[at])) {
            at++;
        }
        return new String(chars, start, at - start);
    }

    private static boolean isOfName(int c) {
        return (c >= 'a' && c <= 'z')
                || (c >= 'A' && c <= 'Z')
                || (c >= '0' && c <= '9')
                || c == '-'
                || c == '_';
    }

    /** Returns whether a rule begins here: its name and {@code ::=}. */
    boolean isAtRule() {
        int start = at;
        boolean isRule = !name().isEmpty();
        skip();
        isRule &= take("::=");
        at = start;
        return isRule;
    }

    /** Returns a number; -1 if none comes next. */
    int number(int max) {
        int start = at;
        long value = 0;
        while (at < chars.length && chars[at] >= '0' && chars[at] <= '9') {
            value = Math.min(Integer.MAX_VALUE, value * 10 + chars[at++] - '0');
        }
        if (value > max) {
            throw malformed("a repetition is above " + max);
        }
        return at == start ? -1 : (int) value;
    }

    /** Returns a character of a text or a class, which may be escaped. */
    int character() {
        int c = read();
        if (c != '\\') {
            return c;
        }
        int escaped = read();
        return switch (escaped) {
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'x' -> hex(2);
            case 'u' -> hex(4);
            case 'U' -> hex(8);
            case '\\', '"', '\'', '[', ']', '-', '^', '/' -> escaped;
            default -> throw malformed("there is no escape '\\%c'".formatted(escaped));
        };
    }

    private int hex(int digits) {
        long value = 0;
        for (int i = 0; i < digits; i++) {
            int digit = Character.digit(read(), 16);
            if (digit < 0) {
                throw malformed("an escape needs %d hexadecimal digits".formatted(digits));
            }
            value = value * 16 + digit;
        }
        if (value > Character.MAX_CODE_POINT || (value >= 0xD800 && value <= 0xDFFF)) {
            throw malformed("an escape names no character");
        }
        return (int) value;
    }

    ConstraintException malformed(String problem) {
        long line = 1;
        for (int i = 0; i < at; i++) {
            line += chars[i] == '\n' ? 1 : 0;
        }
        return new ConstraintException(
                "", "The grammar is malformed in line %d: %s.".formatted(line, problem));
    }
}
