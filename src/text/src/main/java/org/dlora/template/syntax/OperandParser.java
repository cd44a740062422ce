package org.dlora.template.syntax;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.dlora.template.filter.FilterRegistry;
import org.dlora.template.filter.TestRegistry;
import org.dlora.template.sandbox.Sandbox;
import org.dlora.template.sandbox.TemplateException;
import org.dlora.template.syntax.Expression.CallArguments;
import org.dlora.template.syntax.Expression.FilterCall;
import org.dlora.template.syntax.Token.Kind;
import org.dlora.template.value.None;
import org.dlora.template.value.PythonInteger;
import org.jspecify.annotations.Nullable;

/**
 * Parser of operands and their suffixes: literals and names, then attributes, items, calls, filters
 * and tests.
 */
final class OperandParser {

    private static final Set<String> ENDS_TEST = Set.of("else", "or", "and");

    /**
     * A longer literal cannot fit {@link Sandbox#MAX_INTEGER_BITS}, and reading it would take
     * quadratic time.
     */
    private static final int INTEGER_DIGITS = 5_000;

    private final TokenReader tokens;
    private final ParseNotes notes;
    private final ExpressionParser expressions;

    OperandParser(TokenReader tokens, ParseNotes notes, ExpressionParser expressions) {
        this.tokens = tokens;
        this.notes = notes;
        this.expressions = expressions;
    }

    Expression primary() {
        var token = tokens.current();
        return switch (token.kind()) {
            case NAME -> name(tokens.next().text());
            case STRING -> new Expression.Literal(strings());
            case INTEGER -> new Expression.Literal(integer(tokens.next().text()));
            case FLOAT -> new Expression.Literal(Double.valueOf(tokens.next().text()));
            case OPERATOR -> bracketed(token);
            default -> throw unexpected(token);
        };
    }

    private Expression name(String name) {
        return switch (name) {
            case "true", "True" -> new Expression.Literal(true);
            case "false", "False" -> new Expression.Literal(false);
            case "none", "None" -> new Expression.Literal(None.NONE);
            default -> {
                notes.read(name);
                yield new Expression.Name(name);
            }
        };
    }

    private String strings() {
        var text = new StringBuilder();
        while (tokens.at(Kind.STRING)) {
            text.append(tokens.next().text());
        }
        return text.toString();
    }

    private Object integer(String text) {
        int radix =
                text.length() < 2
                        ? 10
                        : switch (text.charAt(1)) {
                            case 'b', 'B' -> 2;
                            case 'o', 'O' -> 8;
                            case 'x', 'X' -> 16;
                            default -> 10;
                        };
        if (text.length() > INTEGER_DIGITS) {
            throw tokens.failure("an integer literal has more than " + INTEGER_DIGITS + " digits");
        }
        return PythonInteger.of(new BigInteger(radix == 10 ? text : text.substring(2), radix));
    }

    private Expression bracketed(Token token) {
        if (tokens.skipOperator("(")) {
            var inner = expressions.tuple(true, true);
            tokens.expectOperator(")");
            return inner;
        }
        if (tokens.skipOperator("[")) {
            List<Expression> items = new ArrayList<>();
            while (!tokens.skipOperator("]")) {
                items.add(expressions.parse());
                separate("]");
            }
            return new Expression.ListLiteral(List.copyOf(items));
        }
        if (tokens.skipOperator("{")) {
            List<Expression.Entry> entries = new ArrayList<>();
            while (!tokens.skipOperator("}")) {
                var key = expressions.parse();
                tokens.expectOperator(":");
                entries.add(new Expression.Entry(key, expressions.parse()));
                separate("}");
            }
            return new Expression.DictLiteral(List.copyOf(entries));
        }
        throw unexpected(token);
    }

    private void separate(String close) {
        if (!tokens.atOperator(close)) {
            tokens.expectOperator(",");
        }
    }

    private TemplateException unexpected(Token token) {
        return tokens.failure("unexpected " + token.description());
    }

    Expression postfix(Expression operand) {
        var expression = operand;
        while (true) {
            if (tokens.skipOperator(".")) {
                expression = attribute(expression);
            } else if (tokens.skipOperator("[")) {
                expression = item(expression);
            } else if (tokens.atOperator("(")) {
                expression = new Expression.Call(expression, callArguments());
            } else {
                return expression;
            }
        }
    }

    private Expression attribute(Expression owner) {
        if (tokens.at(Kind.INTEGER)) {
            return new Expression.Item(
                    owner, new Expression.Literal(integer(tokens.next().text())));
        }
        return new Expression.Attribute(owner, tokens.expectName());
    }

    private Expression item(Expression owner) {
        var start = tokens.atOperator(":") ? null : expressions.parse();
        if (tokens.skipOperator(":")) {
            var stop = atSliceEnd() ? null : expressions.parse();
            var step = tokens.skipOperator(":") && !atSliceEnd() ? expressions.parse() : null;
            tokens.expectOperator("]");
            return new Expression.Slice(owner, start, stop, step);
        }
        if (start == null) {
            throw unexpected(tokens.current());
        }
        List<Expression> keys = new ArrayList<>(List.of(start));
        while (tokens.skipOperator(",")) {
            keys.add(expressions.parse());
        }
        tokens.expectOperator("]");
        return new Expression.Item(
                owner, keys.size() == 1 ? start : new Expression.TupleLiteral(List.copyOf(keys)));
    }

    private boolean atSliceEnd() {
        return tokens.atOperator("]") || tokens.atOperator(":");
    }

    Expression filtersAndTests(Expression operand) {
        var expression = operand;
        while (true) {
            if (tokens.skipOperator("|")) {
                expression = new Expression.Filter(expression, filterCall());
            } else if (tokens.skipName("is")) {
                expression = test(expression);
            } else if (tokens.atOperator("(")) {
                expression = new Expression.Call(expression, callArguments());
            } else {
                return expression;
            }
        }
    }

    /** Parses a filter's name and arguments, after the bar. */
    FilterCall filterCall() {
        int line = tokens.line();
        var name = dottedName();
        if (!FilterRegistry.exists(name)) {
            notes.unknown("filter", name, line);
        }
        return new FilterCall(name, tokens.atOperator("(") ? callArguments() : CallArguments.NONE);
    }

    private Expression test(Expression operand) {
        boolean negated = tokens.skipName("not");
        int line = tokens.line();
        var name = dottedName();
        if (!TestRegistry.exists(name)) {
            notes.unknown("test", name, line);
        }
        var test = new Expression.Test(operand, name, testArguments());
        return negated ? new Expression.Not(test) : test;
    }

    private CallArguments testArguments() {
        if (tokens.atOperator("(")) {
            return callArguments();
        }
        if (tokens.atName("is")) {
            throw tokens.failure("You cannot chain multiple tests with is");
        }
        boolean argument =
                switch (tokens.current().kind()) {
                    case NAME -> !ENDS_TEST.contains(tokens.current().text());
                    case STRING, INTEGER, FLOAT -> true;
                    case OPERATOR -> tokens.atOperator("[") || tokens.atOperator("{");
                    default -> false;
                };
        return argument
                ? new CallArguments(List.of(postfix(primary())), List.of(), null, null)
                : CallArguments.NONE;
    }

    private String dottedName() {
        var name = tokens.expectName();
        while (tokens.skipOperator(".")) {
            name += "." + tokens.expectName();
        }
        return name;
    }

    private CallArguments callArguments() {
        tokens.expectOperator("(");
        List<Expression> positional = new ArrayList<>();
        List<Expression.Keyword> keywords = new ArrayList<>();
        @Nullable Expression rest = null;
        @Nullable Expression keywordRest = null;
        while (!tokens.skipOperator(")")) {
            if (tokens.skipOperator("*")) {
                check(rest == null && keywordRest == null);
                rest = expressions.parse();
            } else if (tokens.skipOperator("**")) {
                check(keywordRest == null);
                keywordRest = expressions.parse();
            } else if (tokens.at(Kind.NAME) && tokens.followedByOperator("=")) {
                check(keywordRest == null);
                var name = tokens.expectName();
                tokens.expectOperator("=");
                keywords.add(new Expression.Keyword(name, expressions.parse()));
            } else {
                check(rest == null && keywordRest == null && keywords.isEmpty());
                positional.add(expressions.parse());
            }
            separate(")");
        }
        return new CallArguments(List.copyOf(positional), List.copyOf(keywords), rest, keywordRest);
    }

    private void check(boolean inOrder) {
        if (!inOrder) {
            throw tokens.failure(
                    "invalid order of arguments: positional, keyword, *list, **mapping");
        }
    }
}
