package org.dlora.template.syntax;

import java.util.List;
import org.dlora.template.operator.BinaryOperator;
import org.dlora.template.value.CompareOperator;
import org.jspecify.annotations.Nullable;

/** An expression of the template language. */
public sealed interface Expression {

    record Literal(Object value) implements Expression {}

    record Name(String name) implements Expression {}

    record TupleLiteral(List<Expression> items) implements Expression {}

    record ListLiteral(List<Expression> items) implements Expression {}

    record DictLiteral(List<Entry> entries) implements Expression {}

    record Attribute(Expression owner, String name) implements Expression {}

    record Item(Expression owner, Expression key) implements Expression {}

    record Slice(
            Expression owner,
            @Nullable Expression start,
            @Nullable Expression stop,
            @Nullable Expression step)
            implements Expression {}

    record Call(Expression callee, CallArguments arguments) implements Expression {}

    record Filter(Expression input, FilterCall call) implements Expression {}

    record Test(Expression input, String name, CallArguments arguments) implements Expression {}

    record Not(Expression operand) implements Expression {}

    record Negate(Expression operand) implements Expression {}

    record Plus(Expression operand) implements Expression {}

    record Binary(BinaryOperator operator, Expression left, Expression right)
            implements Expression {}

    record And(Expression left, Expression right) implements Expression {}

    record Or(Expression left, Expression right) implements Expression {}

    record Concat(List<Expression> parts) implements Expression {}

    /** {@code first op operand op operand ...}: true when every neighbouring pair compares so. */
    record Compare(Expression first, List<Operand> operands) implements Expression {}

    record Conditional(Expression condition, Expression then, @Nullable Expression otherwise)
            implements Expression {}

    record Entry(Expression key, Expression value) {}

    record Operand(CompareOperator operator, Expression expression) {}

    record Keyword(String name, Expression value) {}

    record CallArguments(
            List<Expression> positional,
            List<Keyword> keywords,
            @Nullable Expression rest,
            @Nullable Expression keywordRest) {

        static final CallArguments NONE = new CallArguments(List.of(), List.of(), null, null);
    }

    /** A filter without its input, which a {@code filter} or {@code set} block supplies. */
    record FilterCall(String name, CallArguments arguments) {}
}
