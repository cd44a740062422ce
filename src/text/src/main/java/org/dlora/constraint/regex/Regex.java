package org.dlora.constraint.regex;

import java.util.ArrayList;
import java.util.List;
import org.dlora.constraint.grammar.Expr;
import org.jspecify.annotations.Nullable;

/** Syntax tree of a regular expression. */
public sealed interface Regex {

    /** Character of a set. */
    record OneOf(CodePoints characters) implements Regex {}

    record Sequence(List<Regex> parts) implements Regex {}

    record Choice(List<Regex> alternatives) implements Regex {}

    record Repeat(Regex part, int min, int max) implements Regex {}

    /** The start of the text. */
    record Start() implements Regex {}

    /** The end of the text. */
    record End() implements Regex {}

    /**
     * Returns the texts that an expression matches from their start to their end.
     *
     * @throws org.dlora.constraint.grammar.ConstraintException if it is malformed, too large, or
     *     has what cannot be enforced
     */
    static Expr whole(String pattern, TextEncoding encoding) {
        return encode(pattern, encoding, false);
    }

    /**
     * Returns the repetition of one character that an expression is from its start to its end, such
     * as {@code ^[a-z]{3,500}$}; null if it is anything else.
     */
    static @Nullable CharacterRepeat characterRepeat(String pattern) {
        var alternatives = RegexAnchors.alternatives(new RegexParser(pattern).parse());
        if (alternatives.size() > 1) {
            return null;
        }
        var anchored = RegexAnchors.of(alternatives.getFirst(), pattern);
        Regex inner = anchored.inner();
        while (inner instanceof Sequence(var parts) && parts.size() == 1) {
            inner = parts.getFirst();
        }
        return anchored.atStart()
                        && anchored.atEnd()
                        && inner instanceof Repeat(OneOf(var characters), var min, var max)
                ? new CharacterRepeat(characters, min, max)
                : null;
    }

    /**
     * Repetition of a character of a set.
     *
     * @param max {@link Expr.Repeat#UNBOUNDED} for no bound
     */
    record CharacterRepeat(CodePoints characters, int min, int max) {}

    /** Returns the texts in which an expression matches somewhere; throws as {@link #whole}. */
    static Expr search(String pattern, TextEncoding encoding) {
        return encode(pattern, encoding, true);
    }

    private static Expr encode(String pattern, TextEncoding encoding, boolean searches) {
        var regex = new RegexParser(pattern).parse();
        var alternatives = new ArrayList<Expr>();
        for (var alternative : RegexAnchors.alternatives(regex)) {
            var anchored = RegexAnchors.of(alternative, pattern);
            var parts = new ArrayList<Expr>();
            if (searches && !anchored.atStart()) {
                parts.add(any(encoding));
            }
            parts.add(encode(anchored.inner(), encoding));
            if (searches && !anchored.atEnd()) {
                parts.add(any(encoding));
            }
            alternatives.add(new Expr.Sequence(parts));
        }
        return Expr.choice(alternatives);
    }

    private static Expr any(TextEncoding encoding) {
        return Expr.repeat(encoding.encode(CodePoints.ALL), 0, Expr.Repeat.UNBOUNDED);
    }

    private static Expr encode(Regex regex, TextEncoding encoding) {
        return switch (regex) {
            case OneOf(var characters) -> encoding.encode(characters);
            case Sequence(var parts) ->
                    new Expr.Sequence(parts.stream().map(part -> encode(part, encoding)).toList());
            case Choice(var alternatives) ->
                    new Expr.Choice(
                            alternatives.stream().map(part -> encode(part, encoding)).toList());
            case Repeat(var part, var min, var max) ->
                    new Expr.Repeat(encode(part, encoding), min, max);
            case Start _, End _ -> Expr.EMPTY;
        };
    }
}
