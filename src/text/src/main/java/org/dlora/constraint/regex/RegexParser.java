package org.dlora.constraint.regex;

import java.util.ArrayList;
import java.util.List;
import org.dlora.constraint.grammar.ConstraintException;
import org.dlora.constraint.grammar.Expr;
import org.jspecify.annotations.Nullable;

/**
 * Parser of regular expressions: the part that JavaScript, Python, Java and RE2 have in common and
 * that needs no backtracking. What it does not have is refused by name.
 */
final class RegexParser {
    /** The most characters of an expression. */
    static final int MAX_LENGTH = 8192;

    private static final int MAX_DEPTH = 100;
    private static final int MAX_COUNT = 10_000;
    private static final int SHOWN = 60;

    private final String pattern;
    private final int[] chars;
    private int at;
    private int depth;

    RegexParser(String pattern) {
        this.pattern = pattern;
        chars = pattern.codePoints().toArray();
    }

    static String shown(String pattern) {
        return "'"
                + (pattern.length() <= SHOWN ? pattern : pattern.substring(0, SHOWN) + "…")
                + "'";
    }

    Regex parse() {
        if (chars.length > MAX_LENGTH) {
            throw new ConstraintException(
                    "",
                    "A regular expression has %d characters; at most %d are allowed."
                            .formatted(chars.length, MAX_LENGTH));
        }
        var regex = choice();
        if (at < chars.length) {
            throw malformed("')' at character %d closes no group".formatted(at + 1));
        }
        return regex;
    }

    private Regex choice() {
        if (++depth > MAX_DEPTH) {
            throw malformed("groups are nested more than %d deep".formatted(MAX_DEPTH));
        }
        var alternatives = new ArrayList<Regex>();
        do {
            alternatives.add(sequence());
        } while (take('|'));
        depth--;
        return alternatives.size() == 1 ? alternatives.getFirst() : new Regex.Choice(alternatives);
    }

    private Regex sequence() {
        var parts = new ArrayList<Regex>();
        while (at < chars.length && chars[at] != '|' && chars[at] != ')') {
            parts.add(repeated(atom()));
        }
        return new Regex.Sequence(parts);
    }

    private Regex repeated(Regex atom) {
        var repeated = atom;
        boolean isRepeated = false;
        while (at < chars.length) {
            int start = at;
            var count = count();
            if (count == null) {
                return repeated;
            }
            if (isRepeated) {
                throw malformed(
                        "the repetition at character %d repeats a repetition; put the first into a group"
                                .formatted(start + 1));
            }
            if (atom instanceof Regex.Start || atom instanceof Regex.End) {
                throw malformed("^ or $ is repeated");
            }
            repeated = new Regex.Repeat(atom, count[0], count[1]);
            isRepeated = true;
            take('?'); // Lazy: the same texts.
            if (at < chars.length && chars[at] == '+') {
                throw refused("possessive repetition");
            }
        }
        return repeated;
    }

    /** Returns the bounds of the repetition that comes next; null if there is none. */
    private int @Nullable [] count() {
        if (take('*')) {
            return new int[] {0, Expr.Repeat.UNBOUNDED};
        }
        if (take('+')) {
            return new int[] {1, Expr.Repeat.UNBOUNDED};
        }
        if (take('?')) {
            return new int[] {0, 1};
        }
        return chars[at] == '{' ? braces() : null;
    }

    private int @Nullable [] braces() {
        int start = at++;
        int min = number();
        int max = min;
        if (min < 0) {
            if (at < chars.length && chars[at] == ',') {
                throw malformed("write {0,n} for {,n}");
            }
            at = start;
            return null;
        }
        if (take(',')) {
            max = at < chars.length && chars[at] == '}' ? Expr.Repeat.UNBOUNDED : number();
        }
        if (max < 0 || !take('}')) {
            at = start;
            return null;
        }
        if (max < min) {
            throw malformed("a repetition has the bounds {%d,%d}".formatted(min, max));
        }
        if (min > MAX_COUNT || (max > MAX_COUNT && max != Expr.Repeat.UNBOUNDED)) {
            throw malformed("a repetition is above %d".formatted(MAX_COUNT));
        }
        return new int[] {min, max};
    }

    private int number() {
        int start = at;
        long value = 0;
        while (at < chars.length && chars[at] >= '0' && chars[at] <= '9') {
            value = Math.min(Integer.MAX_VALUE - 1, value * 10 + chars[at++] - '0');
        }
        return at == start ? -1 : (int) value;
    }

    private Regex atom() {
        int c = chars[at++];
        return switch (c) {
            case '(' -> group();
            case '[' -> new Regex.OneOf(new RegexClass(this).parse());
            case '.' -> new Regex.OneOf(RegexClass.DOT);
            case '^' -> new Regex.Start();
            case '$' -> new Regex.End();
            case '\\' -> escape();
            case '*', '+', '?' ->
                    throw malformed("'%c' at character %d repeats nothing".formatted(c, at));
            case '{' -> {
                at--;
                if (braces() != null) {
                    throw malformed("a repetition repeats nothing");
                }
                at++;
                yield one(c);
            }
            default -> one(c);
        };
    }

    private Regex group() {
        if (take('?')) {
            if (take(':')) {
                // A group without a number.
            } else if (isNext("P<") || (isNext("<") && !isNext("<=") && !isNext("<!"))) {
                while (at < chars.length && chars[at] != '>') {
                    at++;
                }
                at++;
            } else if (isNext("=") || isNext("!") || isNext("<=") || isNext("<!")) {
                throw refused("lookaround");
            } else if (isNext(">")) {
                throw refused("an atomic group");
            } else if (isNext("(")) {
                throw refused("a conditional group");
            } else {
                throw refused("a flag such as (?i)");
            }
        }
        var inner = choice();
        if (!take(')')) {
            throw malformed("a group is not closed");
        }
        // A group of its own, so that a repetition takes all of it.
        return inner instanceof Regex.Sequence ? new Regex.Sequence(List.of(inner)) : inner;
    }

    /** Returns whether some characters come next. */
    boolean isNext(String text) {
        return text.codePoints().count() <= chars.length - at
                && new String(chars, at, text.length()).equals(text);
    }

    private Regex escape() {
        if (at == chars.length) {
            throw malformed("it ends with a backslash");
        }
        int c = chars[at];
        switch (c) {
            case 'A' -> {
                at++;
                return new Regex.Start();
            }
            case 'z', 'Z' -> {
                at++;
                return new Regex.End();
            }
            case 'b', 'B' -> throw refused("a word boundary");
            case 'k' -> throw refused("a backreference");
            default -> {
                if (c >= '1' && c <= '9') {
                    throw refused("a backreference");
                }
            }
        }
        var set = RegexClass.shorthand(c);
        if (set != null) {
            at++;
            return new Regex.OneOf(set);
        }
        return one(new RegexEscape(this).character());
    }

    private static Regex one(int c) {
        return new Regex.OneOf(CodePoints.of(new CodePoints.Span(c, c)));
    }

    boolean take(int c) {
        if (at < chars.length && chars[at] == c) {
            at++;
            return true;
        }
        return false;
    }

    /** Returns the next character, or -1 at the end. */
    int peek() {
        return at < chars.length ? chars[at] : -1;
    }

    int read() {
        return at < chars.length ? chars[at++] : -1;
    }

    ConstraintException malformed(String problem) {
        return new ConstraintException(
                "",
                "The regular expression %s is malformed: %s.".formatted(shown(pattern), problem));
    }

    ConstraintException refused(String what) {
        return new ConstraintException(
                "",
                "The regular expression %s has %s, which is not supported. Write it without."
                        .formatted(shown(pattern), what));
    }
}
