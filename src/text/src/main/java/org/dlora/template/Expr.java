package org.dlora.template;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** An expression of the template language. */
sealed interface Expr {

    record Literal(Object value) implements Expr {}

    record Name(String name) implements Expr {}

    record TupleLiteral(List<Expr> items) implements Expr {}

    record ListLiteral(List<Expr> items) implements Expr {}

    record DictLiteral(List<Entry> entries) implements Expr {}

    record Attribute(Expr owner, String name) implements Expr {}

    record Item(Expr owner, Expr key) implements Expr {}

    record Slice(Expr owner, @Nullable Expr start, @Nullable Expr stop, @Nullable Expr step)
            implements Expr {}

    record Call(Expr callee, CallArguments arguments) implements Expr {}

    record Filter(Expr input, FilterCall call) implements Expr {}

    record Test(Expr input, String name, CallArguments arguments) implements Expr {}

    record Not(Expr operand) implements Expr {}

    record Negate(Expr operand) implements Expr {}

    record Plus(Expr operand) implements Expr {}

    record Binary(BinaryOperator operator, Expr left, Expr right) implements Expr {}

    record And(Expr left, Expr right) implements Expr {}

    record Or(Expr left, Expr right) implements Expr {}

    record Concat(List<Expr> parts) implements Expr {}

    /** {@code first op operand op operand ...}: true when every neighbouring pair compares so. */
    record Compare(Expr first, List<Operand> operands) implements Expr {}

    record Conditional(Expr condition, Expr then, @Nullable Expr otherwise) implements Expr {}

    record Entry(Expr key, Expr value) {}

    record Operand(CompareOperator operator, Expr expression) {}

    record Keyword(String name, Expr value) {}

    record CallArguments(
            List<Expr> positional,
            List<Keyword> keywords,
            @Nullable Expr rest,
            @Nullable Expr keywordRest) {

        static final CallArguments NONE = new CallArguments(List.of(), List.of(), null, null);
    }

    /** A filter without its input, which a {@code filter} or {@code set} block supplies. */
    record FilterCall(String name, CallArguments arguments) {}

    enum BinaryOperator {
        ADD("+"),
        SUBTRACT("-"),
        MULTIPLY("*"),
        DIVIDE("/"),
        FLOOR_DIVIDE("//"),
        MODULO("%"),
        POWER("**");

        private final String symbol;

        BinaryOperator(String symbol) {
            this.symbol = symbol;
        }

        String symbol() {
            return symbol;
        }
    }

    enum CompareOperator {
        EQUAL("=="),
        NOT_EQUAL("!="),
        LESS("<"),
        LESS_OR_EQUAL("<="),
        GREATER(">"),
        GREATER_OR_EQUAL(">="),
        IN("in"),
        NOT_IN("not in");

        private final String symbol;

        CompareOperator(String symbol) {
            this.symbol = symbol;
        }

        String symbol() {
            return symbol;
        }
    }
}
