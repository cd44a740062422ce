package org.dlora.template.run;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.dlora.template.filter.FilterRegistry;
import org.dlora.template.filter.TestRegistry;
import org.dlora.template.member.MemberAccess;
import org.dlora.template.operator.Arithmetic;
import org.dlora.template.operator.Slicer;
import org.dlora.template.sandbox.OutputBuffer;
import org.dlora.template.sandbox.TemplateException;
import org.dlora.template.syntax.Expression;
import org.dlora.template.syntax.Expression.CallArguments;
import org.dlora.template.syntax.Expression.FilterCall;
import org.dlora.template.value.Callable;
import org.dlora.template.value.EvaluatedArguments;
import org.dlora.template.value.Iteration;
import org.dlora.template.value.None;
import org.dlora.template.value.PythonDict;
import org.dlora.template.value.PythonType;
import org.dlora.template.value.Rendering;
import org.dlora.template.value.Tuple;
import org.dlora.template.value.Undefined;
import org.jspecify.annotations.Nullable;

/** Evaluates expressions. */
final class Evaluator {

    private final Rendering rendering;
    private final MemberAccess access;
    private final Arithmetic arithmetic;
    private final Slicer slices;

    Evaluator(Rendering rendering) {
        this.rendering = rendering;
        this.access = new MemberAccess(rendering);
        this.arithmetic = new Arithmetic(rendering);
        this.slices = new Slicer(rendering);
    }

    Object evaluate(Expression expression, VariableScope scope) {
        rendering.budget().enter();
        var value = compute(expression, scope);
        rendering.budget().leave();
        return value;
    }

    boolean isTrue(Expression expression, VariableScope scope) {
        return PythonType.truthy(evaluate(expression, scope));
    }

    private Object compute(Expression expression, VariableScope scope) {
        return switch (expression) {
            case Expression.Literal literal -> literal.value();
            case Expression.Name name -> scope.get(name.name());
            case Expression.TupleLiteral tuple -> new Tuple(all(tuple.items(), scope));
            case Expression.ListLiteral list -> all(list.items(), scope);
            case Expression.DictLiteral dict -> dict(dict, scope);
            case Expression.Attribute attribute ->
                    access.attribute(evaluate(attribute.owner(), scope), attribute.name());
            case Expression.Item item ->
                    access.item(evaluate(item.owner(), scope), evaluate(item.key(), scope));
            case Expression.Slice slice -> slice(slice, scope);
            case Expression.Call call -> call(call, null, scope);
            case Expression.Filter filter ->
                    filter(evaluate(filter.input(), scope), filter.call(), scope);
            case Expression.Test test -> test(test, scope);
            case Expression.Not not -> !isTrue(not.operand(), scope);
            case Expression.Negate negate -> arithmetic.negate(evaluate(negate.operand(), scope));
            case Expression.Plus plus -> arithmetic.plus(evaluate(plus.operand(), scope));
            case Expression.Binary binary ->
                    arithmetic.apply(
                            binary.operator(),
                            evaluate(binary.left(), scope),
                            evaluate(binary.right(), scope));
            case Expression.And and -> {
                var left = evaluate(and.left(), scope);
                yield PythonType.truthy(left) ? evaluate(and.right(), scope) : left;
            }
            case Expression.Or or -> {
                var left = evaluate(or.left(), scope);
                yield PythonType.truthy(left) ? left : evaluate(or.right(), scope);
            }
            case Expression.Concat concat -> concat(concat, scope);
            case Expression.Compare compare -> compare(compare, scope);
            case Expression.Conditional conditional -> conditional(conditional, scope);
        };
    }

    private List<Object> all(List<Expression> expressions, VariableScope scope) {
        rendering.budget().allocateItems(expressions.size());
        List<Object> values = new ArrayList<>(expressions.size());
        for (var expression : expressions) {
            values.add(evaluate(expression, scope));
        }
        return values;
    }

    private Map<Object, Object> dict(Expression.DictLiteral literal, VariableScope scope) {
        rendering.budget().allocateItems(4L * literal.entries().size());
        var dict = new LinkedHashMap<Object, Object>();
        for (var entry : literal.entries()) {
            PythonDict.put(dict, evaluate(entry.key(), scope), evaluate(entry.value(), scope));
        }
        return dict;
    }

    private Object slice(Expression.Slice slice, VariableScope scope) {
        return slices.slice(
                evaluate(slice.owner(), scope),
                optional(slice.start(), scope),
                optional(slice.stop(), scope),
                optional(slice.step(), scope));
    }

    private Object optional(@Nullable Expression expression, VariableScope scope) {
        return expression == null ? None.NONE : evaluate(expression, scope);
    }

    /**
     * @param caller the body of a call block, passed as the keyword argument of that name
     */
    Object call(Expression.Call call, @Nullable Macro caller, VariableScope scope) {
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
            CallArguments arguments, @Nullable Macro caller, VariableScope scope) {
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

    Object filter(Object input, FilterCall call, VariableScope scope) {
        return FilterRegistry.named(call.name())
                .apply(input, arguments(call.arguments(), null, scope), rendering);
    }

    private boolean test(Expression.Test test, VariableScope scope) {
        var input = evaluate(test.input(), scope);
        return TestRegistry.named(test.name())
                .test(input, arguments(test.arguments(), null, scope), rendering);
    }

    private String concat(Expression.Concat concat, VariableScope scope) {
        var out = new OutputBuffer(rendering.budget());
        for (var part : concat.parts()) {
            out.append(rendering.text().str(evaluate(part, scope)));
        }
        return out.toString();
    }

    private boolean compare(Expression.Compare compare, VariableScope scope) {
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

    private Object conditional(Expression.Conditional conditional, VariableScope scope) {
        if (isTrue(conditional.condition(), scope)) {
            return evaluate(conditional.then(), scope);
        }
        return conditional.otherwise() == null
                ? new Undefined(
                        "the inline if-expression evaluated to false and no else section was defined.")
                : evaluate(conditional.otherwise(), scope);
    }
}
