package org.dlora.constraint.notation;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.dlora.constraint.grammar.ConstraintException;
import org.dlora.constraint.grammar.Expr;
import org.dlora.constraint.grammar.Rule;
import org.dlora.constraint.regex.CodePoints;
import org.dlora.constraint.regex.TextEncoding;

/**
 * Parser of grammars in GBNF: rules {@code name ::= …} of texts, classes of characters, groups,
 * alternatives and repetitions. The rule {@code root} is the whole text.
 */
public final class GbnfParser {
    private static final String ROOT = "root";

    private final GrammarText text;
    private final Map<String, Rule.Defined> rules = new LinkedHashMap<>();
    private final Set<String> defined = new LinkedHashSet<>();
    private int depth;

    private GbnfParser(String grammar) {
        text = new GrammarText(grammar, "#");
    }

    /**
     * Returns the texts of a grammar.
     *
     * @throws ConstraintException if it is malformed or too large
     */
    public static Expr parse(String grammar) {
        return new GbnfParser(grammar).parse();
    }

    private Expr parse() {
        text.skip();
        while (text.peek() >= 0) {
            rule();
        }
        for (var name : rules.keySet()) {
            if (!defined.contains(name)) {
                throw new ConstraintException(
                        "", "The grammar uses the rule '%s' without a definition.".formatted(name));
            }
        }
        var root = rules.get(ROOT);
        if (root == null) {
            throw new ConstraintException(
                    "",
                    "The grammar has no rule 'root'. Write it in GBNF, as in: root ::= \"yes\" | \"no\".");
        }
        return new Expr.Call(root);
    }

    private void rule() {
        if (!text.isAtRule()) {
            throw text.malformed("a rule must begin with its name and '::='");
        }
        var name = text.name();
        text.skip();
        text.take("::=");
        if (!defined.add(name)) {
            throw text.malformed("the rule '%s' is defined twice".formatted(name));
        }
        called(name).define(choice());
        if (text.peek() >= 0 && !text.isAtRule()) {
            throw text.malformed("'%c' belongs to no rule".formatted(text.peek()));
        }
    }

    private Rule.Defined called(String name) {
        return rules.computeIfAbsent(name, Rule.Defined::new);
    }

    private Expr choice() {
        if (++depth > GrammarText.MAX_DEPTH) {
            throw text.malformed(
                    "groups are nested more than %d deep".formatted(GrammarText.MAX_DEPTH));
        }
        var alternatives = new ArrayList<Expr>();
        do {
            alternatives.add(sequence());
        } while (text.take("|"));
        depth--;
        return Expr.choice(alternatives);
    }

    private Expr sequence() {
        var parts = new ArrayList<Expr>();
        text.skip();
        while (text.peek() >= 0 && text.peek() != '|' && text.peek() != ')' && !text.isAtRule()) {
            parts.add(text.repeated(atom(), text::skip, this::counted));
            text.skip();
        }
        return new Expr.Sequence(parts);
    }

    /** Returns a part as often as the braces that come next say; the part itself without them. */
    private Expr counted(Expr part) {
        if (!text.take("{")) {
            return part;
        }
        text.skip();
        int min = text.number(GrammarText.MAX_COUNT);
        int max = min;
        text.skip();
        if (text.take(",")) {
            text.skip();
            max = text.number(GrammarText.MAX_COUNT);
            max = max < 0 ? Expr.Repeat.UNBOUNDED : max;
            text.skip();
        }
        if (min < 0 || max < min || !text.take("}")) {
            throw text.malformed("a repetition must be {n}, {n,} or {n,m}");
        }
        return Expr.repeat(part, min, max);
    }

    private Expr atom() {
        if (text.take("\"")) {
            return literal();
        }
        if (text.take("[")) {
            return TextEncoding.PLAIN.encode(characters());
        }
        if (text.take(".")) {
            return TextEncoding.PLAIN.encode(CodePoints.ALL);
        }
        if (text.take("(")) {
            var group = choice();
            if (!text.take(")")) {
                throw text.malformed("a group is not closed");
            }
            return group;
        }
        var name = text.name();
        if (name.isEmpty()) {
            throw text.malformed(
                    "'%c' is neither a text, a class, a group nor a rule".formatted(text.peek()));
        }
        return new Expr.Call(called(name));
    }

    private Expr literal() {
        var literal = new StringBuilder();
        while (!text.take("\"")) {
            literal.appendCodePoint(text.character());
        }
        return Expr.text(literal.toString());
    }

    private CodePoints characters() {
        boolean isNegated = text.take("^");
        var spans = new ArrayList<CodePoints.Span>();
        while (!text.take("]")) {
            int low = text.character();
            int high = low;
            if (text.take("-")) {
                if (text.take("]")) { // A hyphen at the end is one.
                    spans.add(new CodePoints.Span('-', '-'));
                    spans.add(new CodePoints.Span(low, low));
                    return set(spans, isNegated);
                }
                high = text.character();
            }
            if (high < low) {
                throw text.malformed("a range of a class runs backwards");
            }
            spans.add(new CodePoints.Span(low, high));
        }
        return set(spans, isNegated);
    }

    private CodePoints set(List<CodePoints.Span> spans, boolean isNegated) {
        var all = CodePoints.of(spans.toArray(CodePoints.Span[]::new));
        var set = isNegated ? all.not() : all;
        if (set.spans().isEmpty()) {
            throw text.malformed("a class has no character");
        }
        return set;
    }
}
