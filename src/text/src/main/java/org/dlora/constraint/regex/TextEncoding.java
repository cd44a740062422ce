package org.dlora.constraint.regex;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.dlora.constraint.grammar.Expr;

/** Encoding of the characters of a text. */
public enum TextEncoding {
    /** UTF-8. */
    PLAIN {
        @Override
        public Expr encode(CodePoints characters) {
            return Utf8.encode(characters);
        }
    },
    /**
     * UTF-8 within a JSON string. Only characters that need it are escaped, each in the shortest
     * way, so that a text has one spelling.
     */
    JSON {
        @Override
        public Expr encode(CodePoints characters) {
            var alternatives = new ArrayList<Expr>();
            var plain = new ArrayList<CodePoints.Span>();
            for (var span : characters.spans()) {
                int low = span.low();
                for (int c = low; c <= Math.min(span.high(), LAST_ESCAPED); c++) {
                    if (isEscaped(c)) {
                        alternatives.add(escape(c));
                        if (c > low) {
                            plain.add(new CodePoints.Span(low, c - 1));
                        }
                        low = c + 1;
                    }
                }
                if (low <= span.high()) {
                    plain.add(new CodePoints.Span(low, span.high()));
                }
            }
            alternatives.add(Utf8.encode(CodePoints.of(plain)));
            return Expr.choice(alternatives);
        }
    };

    private static final int LAST_ESCAPED = '\\';

    /** Returns the spellings of one character of a set. */
    public abstract Expr encode(CodePoints characters);

    /** Returns the spelling of a text. */
    public Expr encode(String text) {
        return Expr.text(spelled(text));
    }

    /** Returns a text as it is spelled. */
    public String spelled(String text) {
        return this == PLAIN
                ? text
                : text.codePoints()
                        .mapToObj(c -> isEscaped(c) ? escaped(c) : Character.toString(c))
                        .collect(Collectors.joining());
    }

    private static boolean isEscaped(int c) {
        return c < 0x20 || c == '"' || c == '\\';
    }

    private static Expr escape(int c) {
        return Expr.text(escaped(c));
    }

    private static String escaped(int c) {
        return switch (c) {
            case '"' -> "\\\"";
            case '\\' -> "\\\\";
            case '\b' -> "\\b";
            case '\f' -> "\\f";
            case '\n' -> "\\n";
            case '\r' -> "\\r";
            case '\t' -> "\\t";
            default -> "\\u%04x".formatted(c);
        };
    }

    /** Ranges of characters as ranges of bytes. */
    private static final class Utf8 {
        private static final int[] LAST_OF_LENGTH = {0x7F, 0x7FF, 0xFFFF, 0x10FFFF};

        static Expr encode(CodePoints characters) {
            var alternatives = new ArrayList<Expr>();
            for (var span : characters.spans()) {
                int low = span.low();
                for (int last : LAST_OF_LENGTH) {
                    if (low <= span.high() && low <= last) {
                        int high = Math.min(span.high(), last);
                        split(bytes(low), bytes(high), 0, new ArrayList<>(), alternatives);
                        low = high + 1;
                    }
                }
            }
            return Expr.choice(alternatives);
        }

        private static byte[] bytes(int c) {
            return Character.toString(c).getBytes(StandardCharsets.UTF_8);
        }

        /** Adds the sequences of ranges from one text to another of the same length. */
        private static void split(
                byte[] low, byte[] high, int at, List<Expr> before, List<Expr> alternatives) {
            if (at == low.length) {
                alternatives.add(new Expr.Sequence(before));
                return;
            }
            int first = low[at] & 0xFF;
            int last = high[at] & 0xFF;
            if (first == last || isFull(low, high, at + 1)) {
                split(low, high, at + 1, with(before, first, last), alternatives);
                return;
            }
            boolean lowIsFull = isAll(low, at + 1, 0x80);
            boolean highIsFull = isAll(high, at + 1, 0xBF);
            if (!lowIsFull) {
                split(
                        low,
                        filled(low, at + 1, 0xBF),
                        at + 1,
                        with(before, first, first),
                        alternatives);
                first++;
            }
            int end = highIsFull ? last : last - 1;
            if (first <= end) {
                split(
                        filled(low, at + 1, 0x80),
                        filled(high, at + 1, 0xBF),
                        at + 1,
                        with(before, first, end),
                        alternatives);
            }
            if (!highIsFull) {
                split(
                        filled(high, at + 1, 0x80),
                        high,
                        at + 1,
                        with(before, last, last),
                        alternatives);
            }
        }

        private static boolean isFull(byte[] low, byte[] high, int from) {
            return isAll(low, from, 0x80) && isAll(high, from, 0xBF);
        }

        private static boolean isAll(byte[] bytes, int from, int value) {
            for (int i = from; i < bytes.length; i++) {
                if ((bytes[i] & 0xFF) != value) {
                    return false;
                }
            }
            return true;
        }

        private static byte[] filled(byte[] bytes, int from, int value) {
            var filled = bytes.clone();
            Arrays.fill(filled, from, filled.length, (byte) value);
            return filled;
        }

        private static List<Expr> with(List<Expr> before, int low, int high) {
            var parts = new ArrayList<>(before);
            parts.add(new Expr.Range(low, high));
            return parts;
        }
    }
}
