package org.dlora.template.syntax;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.dlora.template.operator.BinaryOperator;
import org.dlora.template.syntax.Token.Kind;
import org.dlora.template.value.CompareOperator;
import org.jspecify.annotations.Nullable;

/**
 * Parser of expressions, from the weakest operator, {@code if}, down to {@code **}. The grammar is
 * jinja2's, quirks included.
 */
final class ExpressionParser {

    private final TokenReader tokens;
    private final ParseNotes notes;
    private final OperandParser operands;

    ExpressionParser(TokenReader tokens, ParseNotes notes) {
        this.tokens = tokens;
        this.notes = notes;
        this.operands = new OperandParser(tokens, notes, this);
    }

    OperandParser operands() {
        return operands;
    }

    Expression parse() {
        tokens.enter();
        int mark = notes.mark();
        var expression = or();
        while (tokens.skipName("if")) {
            var condition = or();
            var otherwise = tokens.skipName("else") ? parse() : null;
            expression = new Expression.Conditional(condition, expression, otherwise);
            notes.forgiveSince(mark);
        }
        tokens.leave();
        return expression;
    }

    /** Parses an expression or, where there are commas, a tuple without parentheses. */
    Expression tuple() {
        return tuple(true, false);
    }

    /** Parses as {@link #tuple()} does, but an {@code if} that follows belongs to the statement. */
    Expression tupleWithoutCondition() {
        return tuple(false, false);
    }

    /**
     * @param allowsEmpty inside parentheses, where nothing is the empty tuple
     */
    Expression tuple(boolean withCondition, boolean allowsEmpty) {
        List<Expression> items = new ArrayList<>();
        boolean commas = false;
        while (!atTupleEnd() && (withCondition || !tokens.atName("recursive"))) {
            items.add(withCondition ? parse() : nested(this::or));
            if (!tokens.skipOperator(",")) {
                break;
            }
            commas = true;
        }
        if (!commas && items.size() == 1) {
            return items.getFirst();
        }
        if (items.isEmpty() && !allowsEmpty) {
            throw tokens.failure("expected an expression, got " + tokens.current().description());
        }
        return new Expression.TupleLiteral(List.copyOf(items));
    }

    private boolean atTupleEnd() {
        return tokens.at(Kind.PRINT_END) || tokens.at(Kind.BLOCK_END) || tokens.atOperator(")");
    }

    private Expression nested(Supplier<Expression> rule) {
        tokens.enter();
        var expression = rule.get();
        tokens.leave();
        return expression;
    }

    private Expression or() {
        var left = and();
        while (tokens.skipName("or")) {
            left = new Expression.Or(left, and());
        }
        return left;
    }

    private Expression and() {
        var left = not();
        while (tokens.skipName("and")) {
            left = new Expression.And(left, not());
        }
        return left;
    }

    private Expression not() {
        return tokens.skipName("not") ? new Expression.Not(nested(this::not)) : compare();
    }

    private Expression compare() {
        var first = sum();
        List<Expression.Operand> rest = new ArrayList<>();
        for (var operator = compareOperator(); operator != null; operator = compareOperator()) {
            rest.add(new Expression.Operand(operator, sum()));
        }
        return rest.isEmpty() ? first : new Expression.Compare(first, List.copyOf(rest));
    }

    private @Nullable CompareOperator compareOperator() {
        if (tokens.atName("not") && tokens.followedByName("in")) {
            tokens.next();
            tokens.next();
            return CompareOperator.NOT_IN;
        }
        if (tokens.skipName("in")) {
            return CompareOperator.IN;
        }
        for (var operator : CompareOperator.values()) {
            if (tokens.skipOperator(operator.symbol())) {
                return operator;
            }
        }
        return null;
    }

    private Expression sum() {
        var left = concat();
        while (tokens.atOperator("+") || tokens.atOperator("-")) {
            var operator =
                    tokens.next().text().equals("+") ? BinaryOperator.ADD : BinaryOperator.SUBTRACT;
            left = new Expression.Binary(operator, left, concat());
        }
        return left;
    }

    private Expression concat() {
        List<Expression> parts = new ArrayList<>();
        do {
            parts.add(product());
        } while (tokens.skipOperator("~"));
        return parts.size() == 1 ? parts.getFirst() : new Expression.Concat(List.copyOf(parts));
    }

    private Expression product() {
        var left = power();
        for (var operator = productOperator(); operator != null; operator = productOperator()) {
            tokens.next();
            left = new Expression.Binary(operator, left, power());
        }
        return left;
    }

    private @Nullable BinaryOperator productOperator() {
        if (!tokens.at(Kind.OPERATOR)) {
            return null;
        }
        return switch (tokens.current().text()) {
            case "*" -> BinaryOperator.MULTIPLY;
            case "/" -> BinaryOperator.DIVIDE;
            case "//" -> BinaryOperator.FLOOR_DIVIDE;
            case "%" -> BinaryOperator.MODULO;
            default -> null;
        };
    }

    /** Parses powers, which group from the left, unlike Python's. */
    private Expression power() {
        var left = unary(true);
        while (tokens.skipOperator("**")) {
            left = new Expression.Binary(BinaryOperator.POWER, left, unary(true));
        }
        return left;
    }

    /**
     * Parses a sign and its operand. A filter binds weaker than a sign: {@code -x|abs} is {@code
     * (-x)|abs}.
     */
    private Expression unary(boolean withFilters) {
        Expression operand;
        if (tokens.skipOperator("-")) {
            operand = new Expression.Negate(nested(() -> unary(false)));
        } else if (tokens.skipOperator("+")) {
            operand = new Expression.Plus(nested(() -> unary(false)));
        } else {
            operand = operands.primary();
        }
        operand = operands.postfix(operand);
        return withFilters ? operands.filtersAndTests(operand) : operand;
    }
}
