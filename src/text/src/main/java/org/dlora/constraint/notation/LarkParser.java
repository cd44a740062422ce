package org.dlora.constraint.notation;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.dlora.constraint.grammar.ConstraintException;
import org.dlora.constraint.grammar.Determinizer;
import org.dlora.constraint.grammar.Expr;
import org.dlora.constraint.grammar.Rule;
import org.dlora.constraint.regex.CodePoints;
import org.dlora.constraint.regex.Regex;
import org.dlora.constraint.regex.TextEncoding;
import org.jspecify.annotations.Nullable;

/**
 * Parser of grammars in Lark: rules and terminals {@code name: …} of texts, regular expressions,
 * groups, alternatives and repetitions. The rule {@code start}, else the first one, is the whole
 * text. What {@code %ignore} names may stand around each terminal of a rule.
 */
public final class LarkParser {
    private static final String START = "start";

    private final LarkText text;
    private final Map<String, Rule.Defined> rules = new LinkedHashMap<>();
    private final Set<String> defined = new LinkedHashSet<>();
    private final List<Expr> ignored = new ArrayList<>();
    private final Rule.Defined between = new Rule.Defined("");
    private final boolean hasIgnored;
    private boolean isTerminal;
    private int depth;

    private LarkParser(String grammar) {
        text = new LarkText(grammar);
        hasIgnored = grammar.contains("%ignore");
    }

    /** Returns whether a grammar is in Lark: no line of it defines a rule as in GBNF. */
    public static boolean isLark(String grammar) {
        return grammar.lines()
                .map(line -> line.replaceFirst("(#|//).*", ""))
                .noneMatch(line -> line.contains("::="));
    }

    /**
     * Returns the texts of a grammar.
     *
     * @throws ConstraintException if it is malformed or too large, or has what is not supported
     */
    public static Expr parse(String grammar) {
        return new LarkParser(grammar).parse();
    }

    private Expr parse() {
        text.skip();
        while (text.peek() >= 0) {
            if (text.take("%")) {
                directive();
            } else {
                rule();
            }
            text.skip();
        }
        for (var name : rules.keySet()) {
            if (!defined.contains(name)) {
                throw new ConstraintException(
                        "", "The grammar uses '%s' without a definition.".formatted(name));
            }
        }
        var start =
                defined.stream()
                        .filter(name -> name.equals(START))
                        .findFirst()
                        .or(() ->
                                defined.stream()
                                        .filter(name -> !LarkText.isTerminal(name))
                                        .findFirst())
                        .orElseThrow(() ->
                                new ConstraintException(
                                        "",
                                        "The grammar has no rule. Write it in GBNF, as in: root ::= \"yes\" | \"no\", or in Lark: start: \"yes\" | \"no\""));
        if (!hasIgnored) {
            return new Expr.Call(called(start));
        }
        between.define(Expr.repeat(Expr.choice(ignored), 0, Expr.Repeat.UNBOUNDED));
        return Expr.sequence(new Expr.Call(between), new Expr.Call(called(start)));
    }

    private void directive() {
        var name = text.word();
        text.skipInLine();
        switch (name) {
            case "ignore" -> {
                isTerminal = true;
                ignored.add(Expr.choice(alternatives()));
            }
            case "import" -> imports();
            default ->
                    throw text.malformed(
                            "'%%%s' is not supported; '%%ignore' and '%%import common.NAME' are"
                                    .formatted(name));
        }
    }

    private void imports() {
        if (!text.word().equals("common")) {
            throw text.malformed("only terminals of 'common' can be imported");
        }
        if (text.take(".")) {
            var name = text.word();
            text.skipInLine();
            imported(text.take("->") ? text.alias() : name, name);
            return;
        }
        text.skip();
        if (!text.take("(")) {
            throw text.malformed("an import must be 'common.NAME' or 'common (NAME, NAME)'");
        }
        do {
            text.skip();
            var name = text.word();
            imported(name, name);
            text.skip();
        } while (text.take(","));
        if (!text.take(")")) {
            throw text.malformed("an import is not closed");
        }
    }

    private void imported(String name, String terminal) {
        if (defined.contains(name)) {
            throw text.malformed(
                    "%%import gives '%s', which is defined above; import it once, or under another name, as in common.%s -> OTHER"
                            .formatted(name, terminal));
        }
        define(name, common(terminal));
    }

    private Expr common(String name) {
        var pattern = CommonTerminals.find(name);
        if (pattern == null) {
            throw text.malformed("'common' has no terminal '%s' here".formatted(name));
        }
        return regular(pattern);
    }

    private void rule() {
        var name = text.definition();
        isTerminal = LarkText.isTerminal(name);
        define(name, withoutLeftRecursion(called(name), alternatives()));
        if (text.peek() >= 0 && !text.isAtStatement()) {
            throw text.malformed("'%c' belongs to no rule".formatted(text.peek()));
        }
    }

    private void define(String name, Expr body) {
        if (!defined.add(name)) {
            throw text.malformed("'%s' is defined twice".formatted(name));
        }
        called(name).define(body);
    }

    private Rule.Defined called(String name) {
        return rules.computeIfAbsent(name, Rule.Defined::new);
    }

    /**
     * Returns the body of a rule. One that calls itself first, as in {@code list: item | list ","
     * item}, is its other alternatives and any number of what follows the calls.
     */
    private static Expr withoutLeftRecursion(Rule.Defined rule, List<Expr> alternatives) {
        var others = new ArrayList<Expr>();
        var rests = new ArrayList<Expr>();
        for (var alternative : alternatives) {
            var rest = behindCall(rule, alternative);
            if (rest == null) {
                others.add(alternative);
            } else {
                rests.add(rest);
            }
        }
        return rests.isEmpty()
                ? Expr.choice(others)
                : Expr.sequence(
                        Expr.choice(others),
                        Expr.repeat(Expr.choice(rests), 0, Expr.Repeat.UNBOUNDED));
    }

    private static @Nullable Expr behindCall(Rule.Defined rule, Expr alternative) {
        return alternative instanceof Expr.Sequence(var parts)
                        && !parts.isEmpty()
                        && parts.getFirst() instanceof Expr.Call(var called)
                        && called == rule
                ? new Expr.Sequence(parts.subList(1, parts.size()))
                : null;
    }

    private List<Expr> alternatives() {
        if (++depth > GrammarText.MAX_DEPTH) {
            throw text.malformed(
                    "groups are nested more than %d deep".formatted(GrammarText.MAX_DEPTH));
        }
        var alternatives = new ArrayList<Expr>();
        text.skip();
        var _ = text.take("|");
        do {
            alternatives.add(sequence());
            if (text.take("->")) {
                var _ = text.alias();
                text.skip();
            }
        } while (text.take("|"));
        depth--;
        return alternatives;
    }

    private Expr sequence() {
        var parts = new ArrayList<Expr>();
        text.skip();
        while (!text.isAtEndOfSequence()) {
            parts.add(text.repeated(atom()));
            text.skip();
        }
        return new Expr.Sequence(parts);
    }

    private Expr atom() {
        if (text.take("(")) {
            return group(")");
        }
        if (text.take("[")) {
            return Expr.optional(group("]"));
        }
        if (text.peek() == '"' || text.peek() == '\'') {
            return token(literal());
        }
        if (text.take("/")) {
            return token(regular(text.pattern()));
        }
        var name = text.called();
        if (!LarkText.isTerminal(name)) {
            if (isTerminal) {
                throw text.malformed("a terminal uses the rule '%s'".formatted(name));
            }
            return new Expr.Call(called(name));
        }
        return token(new Expr.Call(called(name)));
    }

    private Expr group(String end) {
        var group = Expr.choice(alternatives());
        if (!text.take(end)) {
            throw text.malformed("a group is not closed");
        }
        return group;
    }

    private Expr literal() {
        var literal = text.literal();
        if (text.take("..")) {
            return range(literal, text.literal());
        }
        return text.takeFlag() ? inAnyCase(literal) : Expr.text(literal);
    }

    private Expr range(String low, String high) {
        if (low.codePointCount(0, low.length()) != 1
                || high.codePointCount(0, high.length()) != 1
                || high.codePointAt(0) < low.codePointAt(0)) {
            throw text.malformed("a range must go from one character to a later one");
        }
        return TextEncoding.PLAIN.encode(
                CodePoints.of(new CodePoints.Span(low.codePointAt(0), high.codePointAt(0))));
    }

    private static Expr inAnyCase(String literal) {
        return new Expr.Sequence(
                literal.codePoints()
                        .mapToObj(c -> {
                            int upper = Character.toUpperCase(c);
                            int lower = Character.toLowerCase(c);
                            return TextEncoding.PLAIN.encode(
                                    CodePoints.of(
                                            new CodePoints.Span(c, c),
                                            new CodePoints.Span(upper, upper),
                                            new CodePoints.Span(lower, lower)));
                        })
                        .toList());
    }

    /** Returns a terminal where it is used, with what is ignored behind it. */
    private Expr token(Expr terminal) {
        return isTerminal || !hasIgnored
                ? terminal
                : Expr.sequence(terminal, new Expr.Call(between));
    }

    private static Expr regular(String pattern) {
        return new Expr.Call(
                new Rule.Regular(Determinizer.dfa(Regex.whole(pattern, TextEncoding.PLAIN))));
    }
}
