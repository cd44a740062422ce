package org.dlora.constraint.notation;

import java.util.Optional;
import org.dlora.constraint.grammar.ConstraintException;
import org.dlora.constraint.grammar.Expr;

/** Reader of the words of a grammar in Lark. */
final class LarkText {
    private final GrammarText text;

    /** See {@link GrammarText}. */
    LarkText(String grammar) {
        text = new GrammarText(grammar, "//", "#");
    }

    /** Returns whether a name is a terminal's: its first letter is a capital one. */
    static boolean isTerminal(String name) {
        return name.chars().filter(c -> c != '_').limit(1).anyMatch(Character::isUpperCase);
    }

    int peek() {
        return text.peek();
    }

    boolean take(String expected) {
        return text.take(expected);
    }

    void skip() {
        text.skip();
    }

    void skipInLine() {
        text.skipInLine();
    }

    String word() {
        return text.word();
    }

    ConstraintException malformed(String problem) {
        return text.malformed(problem);
    }

    boolean isAtStatement() {
        return peek() == '%' || text.looksLike(() -> name().isPresent());
    }

    boolean isAtEndOfSequence() {
        return peek() < 0
                || peek() == '|'
                || peek() == ')'
                || peek() == ']'
                || text.isNext("->")
                || isAtStatement();
    }

    /** Returns the name of the rule that is defined here, behind its colon. */
    String definition() {
        return name().orElseThrow(() ->
                malformed("a rule must begin with its name and ':', or '::=' in GBNF"));
    }

    /** Reads modifiers of the tree, which has no effect here, a name, its priority and a colon. */
    private Optional<String> name() {
        while (text.take("?") || text.take("!")) {
            // The tree of an answer is not made.
        }
        var name = text.word();
        if (text.take(".")) {
            var _ = text.take("-");
            if (text.number(Integer.MAX_VALUE) < 0) {
                return Optional.empty();
            }
        }
        text.skipInLine();
        return !name.isEmpty() && text.take(":") ? Optional.of(name) : Optional.empty();
    }

    /** Returns the name of an alternative, which has no effect on the texts. */
    String alias() {
        text.skipInLine();
        var alias = text.word();
        if (alias.isEmpty()) {
            throw malformed("'->' needs a name");
        }
        return alias;
    }

    /** Returns the name of a rule or terminal that is used here. */
    String called() {
        if (peek() == '<') {
            throw malformed("special tokens such as '<…>' are not supported");
        }
        var name = text.word();
        if (name.isEmpty()) {
            throw malformed(
                    "'%c' is neither a text, a regular expression, a group nor a rule"
                            .formatted(text.peek()));
        }
        if (text.peek() == '{') {
            throw malformed("templates such as '%s{…}' are not supported".formatted(name));
        }
        return name;
    }

    /** Returns a text in quotes; single ones are taken as vLLM takes them. */
    String literal() {
        var quote = text.take("\"") ? "\"" : "'";
        if (quote.equals("'") && !text.take(quote)) {
            throw malformed("a range needs a second text");
        }
        var literal = new StringBuilder();
        while (!text.take(quote)) {
            literal.appendCodePoint(text.character());
        }
        return literal.toString();
    }

    /** Reads the flag of a text whose letters may be of either case. */
    boolean takeFlag() {
        return text.take("i");
    }

    /** Returns a regular expression, behind its first slash. */
    String pattern() {
        var pattern = new StringBuilder();
        while (!text.take("/")) {
            int c = text.read();
            pattern.appendCodePoint(c);
            if (c == '\\') {
                pattern.appendCodePoint(text.read());
            }
        }
        var flags = text.word();
        if (!flags.isEmpty() && !flags.equals("u")) {
            throw malformed(
                    "a regular expression has the flags '%s', which are not supported"
                            .formatted(flags));
        }
        return pattern.toString();
    }

    /** Returns a part with the repetitions that follow it in its line. */
    Expr repeated(Expr part) {
        return text.repeated(part, text::skipInLine, this::counted);
    }

    /** Returns a part as often as {@code ~} says; the part itself without it. */
    private Expr counted(Expr part) {
        if (peek() == '{') {
            throw malformed("repetitions in braces, as in GBNF, are not supported; write ~ 2..3");
        }
        if (!text.take("~")) {
            return part;
        }
        text.skipInLine();
        int min = text.number(GrammarText.MAX_COUNT);
        text.skipInLine();
        int max = min;
        if (text.take("..")) {
            text.skipInLine();
            max = text.number(GrammarText.MAX_COUNT);
        }
        if (min < 0 || max < min) {
            throw malformed("a repetition must be ~ n or ~ n..m");
        }
        return Expr.repeat(part, min, max);
    }
}
