package org.dlora.template.syntax;

import java.util.List;
import org.dlora.template.syntax.Expression.FilterCall;
import org.jspecify.annotations.Nullable;

/** A statement of the template language; {@code line} is where it starts, from 1. */
public sealed interface Stmt {

    int line();

    record Text(String text, int line) implements Stmt {}

    record Print(Expression expression, int line) implements Stmt {}

    record If(List<Branch> branches, List<Stmt> otherwise, int line) implements Stmt {}

    /** A loop; {@code otherwise} runs when no item was looped over. */
    record For(
            Target target,
            Expression iterable,
            @Nullable Expression condition,
            List<Stmt> body,
            List<Stmt> otherwise,
            int line)
            implements Stmt {}

    record Set(Target target, Expression value, int line) implements Stmt {}

    record SetBlock(Target target, List<FilterCall> filters, List<Stmt> body, int line)
            implements Stmt {}

    record MacroDefinition(String name, Signature signature, List<Stmt> body, int line)
            implements Stmt {}

    record CallBlock(Signature signature, Expression.Call call, List<Stmt> body, int line)
            implements Stmt {}

    record FilterBlock(List<FilterCall> filters, List<Stmt> body, int line) implements Stmt {}

    record With(List<Binding> bindings, List<Stmt> body, int line) implements Stmt {}

    /**
     * The assistant's part of a conversation, marked for training; in serving it only opens a
     * scope.
     */
    record Generation(List<Stmt> body, int line) implements Stmt {}

    record Break(int line) implements Stmt {}

    record Continue(int line) implements Stmt {}

    record Branch(Expression condition, List<Stmt> body) {}

    record Binding(Target target, Expression value) {}

    /**
     * The parameters of a macro or call block; {@code defaults} belong to the last ones.
     *
     * @param usesCaller whether the body names {@code caller}; likewise the other two
     */
    record Signature(
            List<String> parameters,
            List<Expression> defaults,
            boolean usesCaller,
            boolean usesVarargs,
            boolean usesKwargs) {}

    /** The place of an assignment's value. */
    sealed interface Target {

        record Variable(String name) implements Target {}

        record NamespaceAttribute(String namespace, String attribute) implements Target {}

        record Several(List<Target> targets) implements Target {}
    }
}
