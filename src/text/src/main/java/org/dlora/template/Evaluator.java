package org.dlora.template;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.dlora.template.Expr.CallArguments;
import org.dlora.template.Expr.FilterCall;
import org.jspecify.annotations.Nullable;

/** Evaluates expressions. */
final class Evaluator {

    private final Rendering rendering;
    private final Access access;
    private final Arithmetic arithmetic;
    private final Slicer slices;

    Evaluator(Rendering rendering) {
        this.rendering = rendering;
        this.access = new Access(rendering);
        this.arithmetic = new Arithmetic(rendering);
        this.slices = new Slicer(rendering);
    }

    Object evaluate(Expr expression, Scope scope) {
        rendering.budget().enter();
        var value = compute(expression, scope);
        rendering.budget().leave();
        return value;
    }

    boolean isTrue(Expr expression, Scope scope) {
        return PythonType.truthy(evaluate(expression, scope));
    }

    private Object compute(Expr expression, Scope scope) {
        return switch (expression) {
            case Expr.Literal literal -> literal.value();
            case Expr.Name name -> scope.get(name.name());
            case Expr.TupleLiteral tuple -> new Tuple(all(tuple.items(), scope));
            case Expr.ListLiteral list -> all(list.items(), scope);
            case Expr.DictLiteral dict -> dict(dict, scope);
            case Expr.Attribute attribute ->
                    access.attribute(evaluate(attribute.owner(), scope), attribute.name());
            case Expr.Item item ->
                    access.item(evaluate(item.owner(), scope), evaluate(item.key(), scope));
            case Expr.Slice slice -> slice(slice, scope);
            case Expr.Call call -> call(call, null, scope);
            case Expr.Filter filter ->
                    filter(evaluate(filter.input(), scope), filter.call(), scope);
            case Expr.Test test -> test(test, scope);
            case Expr.Not not -> !isTrue(not.operand(), scope);
            case Expr.Negate negate -> arithmetic.negate(evaluate(negate.operand(), scope));
            case Expr.Plus plus -> arithmetic.plus(evaluate(plus.operand(), scope));
            case Expr.Binary binary ->
                    arithmetic.apply(
                            binary.operator(),
                            evaluate(binary.left(), scope),
                            evaluate(binary.right(), scope));
            case Expr.And and -> {
                var left = evaluate(and.left(), scope);
                yield PythonType.truthy(left) ? evaluate(and.right(), scope) : left;
            }
            case Expr.Or or -> {
                var left = evaluate(or.left(), scope);
                yield PythonType.truthy(left) ? left : evaluate(or.right(), scope);
            }
            case Expr.Concat concat -> concat(concat, scope);
            case Expr.Compare compare -> compare(compare, scope);
            case Expr.Conditional conditional -> conditional(conditional, scope);
        };
    }

    private List<Object> all(List<Expr> expressions, Scope scope) {
        rendering.budget().allocateItems(expressions.size());
        List<Object> values = new ArrayList<>(expressions.size());
        for (var expression : expressions) {
            values.add(evaluate(expression, scope));
        }
        return values;
    }

    private Map<Object, Object> dict(Expr.DictLiteral literal, Scope scope) {
        rendering.budget().allocateItems(4L * literal.entries().size());
        var dict = new LinkedHashMap<Object, Object>();
        for (var entry : literal.entries()) {
            PythonDict.put(dict, evaluate(entry.key(), scope), evaluate(entry.value(), scope));
        }
        return dict;
    }

    private Object slice(Expr.Slice slice, Scope scope) {
        return slices.slice(
                evaluate(slice.owner(), scope),
                optional(slice.start(), scope),
                optional(slice.stop(), scope),
                optional(slice.step(), scope));
    }

    private Object optional(@Nullable Expr expression, Scope scope) {
        return expression == null ? None.NONE : evaluate(expression, scope);
    }

    /**
     * @param caller the body of a call block, passed as the keyword argument of that name
     */
    Object call(Expr.Call call, @Nullable Macro caller, Scope scope) {
        var callee = evaluate(call.callee(), scope);
        var arguments = arguments(call.arguments(), caller, scope);
        return switch (callee) {
            case Callable callable -> callable.call(arguments);
            case Undefined undefined -> throw undefined.failure();
            default ->
                    throw TemplateException.type(
                            "'" + PythonType.nameOf(callee) + "' object is not callable");
        };
    }

    private EvaluatedArguments arguments(
            CallArguments arguments, @Nullable Macro caller, Scope scope) {
        var positional = all(arguments.positional(), scope);
        Map<String, Object> named = new LinkedHashMap<>();
        for (var keyword : arguments.keywords()) {
            addNamed(keyword.name(), evaluate(keyword.value(), scope), named);
        }
        if (caller != null) {
            addNamed("caller", caller, named);
        }
        if (arguments.rest() != null) {
            positional.addAll(
                    Iteration.list(evaluate(arguments.rest(), scope), rendering.budget()));
        }
        if (arguments.keywordRest() != null) {
            addAllNamed(evaluate(arguments.keywordRest(), scope), named);
        }
        return new EvaluatedArguments(positional, named);
    }

    private void addAllNamed(Object mapping, Map<String, Object> named) {
        if (!(mapping instanceof Map<?, ?> map)) {
            throw TemplateException.type(
                    "argument after ** must be a mapping, not " + PythonType.nameOf(mapping));
        }
        rendering.budget().allocateItems(map.size());
        map.forEach((key, value) -> {
            if (!(key instanceof String name)) {
                throw TemplateException.type("keywords must be strings");
            }
            addNamed(name, value, named);
        });
    }

    private static void addNamed(String name, Object value, Map<String, Object> named) {
        if (named.put(name, value) != null) {
            throw TemplateException.type("got multiple values for keyword argument '" + name + "'");
        }
    }

    Object filter(Object input, FilterCall call, Scope scope) {
        return FilterRegistry.named(call.name())
                .apply(input, arguments(call.arguments(), null, scope), rendering);
    }

    private boolean test(Expr.Test test, Scope scope) {
        var input = evaluate(test.input(), scope);
        return TestRegistry.named(test.name())
                .test(input, arguments(test.arguments(), null, scope), rendering);
    }

    private String concat(Expr.Concat concat, Scope scope) {
        var out = new OutputBuffer(rendering.budget());
        for (var part : concat.parts()) {
            out.append(rendering.text().str(evaluate(part, scope)));
        }
        return out.toString();
    }

    private boolean compare(Expr.Compare compare, Scope scope) {
        var left = evaluate(compare.first(), scope);
        for (var operand : compare.operands()) {
            var right = evaluate(operand.expression(), scope);
            if (!rendering.comparison().holds(operand.operator(), left, right)) {
                return false;
            }
            left = right;
        }
        return true;
    }

    private Object conditional(Expr.Conditional conditional, Scope scope) {
        if (isTrue(conditional.condition(), scope)) {
            return evaluate(conditional.then(), scope);
        }
        return conditional.otherwise() == null
                ? new Undefined(
                        "the inline if-expression evaluated to false and no else section was defined.")
                : evaluate(conditional.otherwise(), scope);
    }
}
