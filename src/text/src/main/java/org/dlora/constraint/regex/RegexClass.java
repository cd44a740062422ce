package org.dlora.constraint.regex;

import java.util.ArrayList;
import org.dlora.constraint.regex.CodePoints.Span;
import org.jspecify.annotations.Nullable;

/** Parser of character classes, {@code [a-z\d]}, and the meaning of their shorthands. */
final class RegexClass {
    private static final CodePoints DIGITS = CodePoints.of(new Span('0', '9'));
    private static final CodePoints WORD =
            CodePoints.of(
                    new Span('0', '9'), new Span('A', 'Z'), new Span('_', '_'), new Span('a', 'z'));
    private static final CodePoints SPACES = CodePoints.of(new Span(9, 13), new Span(' ', ' '));

    /** White space by any of the dialects, which {@code \S} leaves out. */
    private static final CodePoints ALL_SPACES =
            SPACES.or(
                    CodePoints.of(
                            new Span(0x1C, 0x1F),
                            new Span(0x85, 0x85),
                            new Span(0xA0, 0xA0),
                            new Span(0x1680, 0x1680),
                            new Span(0x2000, 0x200A),
                            new Span(0x2028, 0x2029),
                            new Span(0x202F, 0x202F),
                            new Span(0x205F, 0x205F),
                            new Span(0x3000, 0x3000),
                            new Span(0xFEFF, 0xFEFF)));

    /** All but the ends of lines of any of the dialects. */
    static final CodePoints DOT = CodePoints.of('\n', '\r', '\u0085', '\u2028', '\u2029').not();

    private final RegexParser parser;

    /**
     * @param parser behind the opening bracket
     */
    RegexClass(RegexParser parser) {
        this.parser = parser;
    }

    /** Returns the set of {@code \d} and the like, by its letter; null for another letter. */
    static @Nullable CodePoints shorthand(int letter) {
        return switch (letter) {
            case 'd' -> DIGITS;
            case 'D' -> DIGITS.not();
            case 'w' -> WORD;
            case 'W' -> WORD.not();
            case 's' -> SPACES;
            case 'S' -> ALL_SPACES.not();
            default -> null;
        };
    }

    CodePoints parse() {
        boolean isNegated = parser.take('^');
        var spans = new ArrayList<Span>();
        boolean isFirst = true;
        while (isFirst || parser.peek() != ']') {
            isFirst = false;
            if (parser.peek() < 0) {
                throw parser.malformed("a character class is not closed");
            }
            if (parser.isNext("[:")) {
                throw parser.refused("a named class such as [:alpha:]");
            }
            spans.addAll(item(isNegated).spans());
        }
        parser.take(']');
        var all = CodePoints.of(spans);
        var set = isNegated ? all.not() : all;
        if (set.isEmpty()) {
            throw parser.malformed("a character class has no character");
        }
        return set;
    }

    private CodePoints item(boolean isNegated) {
        var set = shorthandHere(isNegated);
        if (set != null) {
            return set;
        }
        int low = character();
        if (parser.peek() != '-' || parser.isNext("-]")) {
            return CodePoints.of(new Span(low, low));
        }
        parser.take('-');
        if (shorthandHere(isNegated) != null) {
            throw parser.malformed("a range of a character class ends with a class");
        }
        int high = character();
        if (high < low) {
            throw parser.malformed("a range of a character class runs backwards");
        }
        return CodePoints.of(new Span(low, high));
    }

    private @Nullable CodePoints shorthandHere(boolean isNegated) {
        for (var letter : "dDwWsS".toCharArray()) {
            if (parser.isNext("\\" + letter)) {
                parser.read();
                parser.read();
                // Characters that are white space in one dialect alone are in neither.
                return switch (letter) {
                    case 's' -> isNegated ? ALL_SPACES : SPACES;
                    case 'S' -> (isNegated ? SPACES : ALL_SPACES).not();
                    default -> shorthand(letter);
                };
            }
        }
        return null;
    }

    private int character() {
        if (!parser.take('\\')) {
            return parser.read();
        }
        if (parser.peek() < 0) {
            throw parser.malformed("it ends with a backslash");
        }
        if (parser.take('b')) {
            return '\b';
        }
        return new RegexEscape(parser).character();
    }
}
