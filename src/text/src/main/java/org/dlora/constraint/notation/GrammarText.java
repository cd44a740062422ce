package org.dlora.constraint.notation;

import java.util.Arrays;
import java.util.function.BooleanSupplier;
import java.util.function.IntPredicate;
import java.util.function.UnaryOperator;
import org.dlora.constraint.grammar.ConstraintException;
import org.dlora.constraint.grammar.Expr;

/** Reader of the characters of a grammar, which skips comments. */
final class GrammarText {
    /** The most groups within one another, and repetitions of one part. */
    static final int MAX_DEPTH = 100;

    /** The largest count of a repetition. */
    static final int MAX_COUNT = 10_000;

    private static final int MAX_LENGTH = 64 << 10;

    private final int[] chars;
    private final String[] comments;
    private int at;

    /**
     * @param comments begin of a comment, which ends with its line
     * @throws ConstraintException if the text is too long
     */
    GrammarText(String text, String... comments) {
        if (text.length() > MAX_LENGTH) {
            throw new ConstraintException(
                    "",
                    "The grammar has %d characters; at most %d are allowed."
                            .formatted(text.length(), MAX_LENGTH));
        }
        chars = text.codePoints().toArray();
        this.comments = comments;
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

    boolean isNext(String text) {
        int[] expected = text.codePoints().toArray();
        for (int i = 0; i < expected.length; i++) {
            if (at + i >= chars.length || chars[at + i] != expected[i]) {
                return false;
            }
        }
        return true;
    }

    boolean take(String text) {
        boolean isNext = isNext(text);
        at += isNext ? text.codePointCount(0, text.length()) : 0;
        return isNext;
    }

    /** Skips white space and comments. */
    void skip() {
        while (at < chars.length && (Character.isWhitespace(chars[at]) || isAtComment())) {
            if (isAtComment()) {
                while (at < chars.length && chars[at] != '\n') {
                    at++;
                }
            } else {
                at++;
            }
        }
    }

    private boolean isAtComment() {
        return Arrays.stream(comments).anyMatch(this::isNext);
    }

    /** Skips white space within the line. */
    void skipInLine() {
        while (at < chars.length && (chars[at] == ' ' || chars[at] == '\t')) {
            at++;
        }
    }

    /** Returns whether {@code next} reads what it expects here, without reading on. */
    boolean looksLike(BooleanSupplier next) {
        int start = at;
        try {
            return next.getAsBoolean();
        } finally {
            at = start;
        }
    }

    /** Returns a name of a rule in GBNF, which may have hyphens; empty if none comes next. */
    String name() {
        return name(c -> isOfWord(c) || c == '-');
    }

    /** Returns letters, digits and underscores; empty if none come next. */
    String word() {
        return name(GrammarText::isOfWord);
    }

    private String name(IntPredicate isOfName) {
        int start = at;
        while (at < chars.length && isOfName.test(chars[at])) {
            at++;
        }
        return new String(chars, start, at - start);
    }

    private static boolean isOfWord(int c) {
        return (c >= 'a' && c <= 'z')
                || (c >= 'A' && c <= 'Z')
                || (c >= '0' && c <= '9')
                || c == '_';
    }

    /** Returns whether a rule in GBNF begins here: its name and {@code ::=}. */
    boolean isAtRule() {
        return looksLike(() -> {
            boolean isNamed = !name().isEmpty();
            skip();
            return isNamed && take("::=");
        });
    }

    /**
     * Returns a part with the repetitions that follow it.
     *
     * @param skip goes to the next repetition
     * @param counted reads one with a count; returns the part itself if none comes next
     */
    Expr repeated(Expr part, Runnable skip, UnaryOperator<Expr> counted) {
        var repeated = part;
        for (int i = 0; i < MAX_DEPTH; i++) {
            skip.run();
            var before = repeated;
            if (take("*")) {
                repeated = Expr.repeat(before, 0, Expr.Repeat.UNBOUNDED);
            } else if (take("+")) {
                repeated = Expr.repeat(before, 1, Expr.Repeat.UNBOUNDED);
            } else if (take("?")) {
                repeated = Expr.optional(before);
            } else {
                repeated = counted.apply(before);
            }
            if (isSame(before, repeated)) {
                return before;
            }
        }
        throw malformed("a part is repeated more than %d times over".formatted(MAX_DEPTH));
    }

    @SuppressWarnings("ReferenceEquality") // Equal parts may be long, and are compared too often.
    private static boolean isSame(Expr one, Expr other) {
        return one == other;
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
