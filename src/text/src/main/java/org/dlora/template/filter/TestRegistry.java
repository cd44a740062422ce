package org.dlora.template.filter;

import static java.util.Map.entry;

import java.math.BigInteger;
import java.util.Map;
import org.dlora.template.operator.Arithmetic;
import org.dlora.template.operator.BinaryOperator;
import org.dlora.template.sandbox.TemplateException;
import org.dlora.template.value.Callable;
import org.dlora.template.value.Casing;
import org.dlora.template.value.CompareOperator;
import org.dlora.template.value.DictView;
import org.dlora.template.value.EvaluatedArguments;
import org.dlora.template.value.Iteration;
import org.dlora.template.value.LoopContext;
import org.dlora.template.value.None;
import org.dlora.template.value.PythonComparison;
import org.dlora.template.value.Rendering;
import org.dlora.template.value.Undefined;
import org.jspecify.annotations.Nullable;

/** The tests by name, as in {@code value is defined}. */
public final class TestRegistry {

    @FunctionalInterface
    public interface Test {
        boolean test(Object value, EvaluatedArguments arguments, Rendering rendering);
    }

    private static final Map<String, Test> BY_NAME =
            Map.ofEntries(
                    entry("defined", (value, _, _) -> !(value instanceof Undefined)),
                    entry("undefined", (value, _, _) -> value instanceof Undefined),
                    entry("none", (value, _, _) -> value == None.NONE),
                    entry("boolean", (value, _, _) -> value instanceof Boolean),
                    entry("true", (value, _, _) -> value.equals(true)),
                    entry("false", (value, _, _) -> value.equals(false)),
                    entry(
                            "integer",
                            (value, _, _) -> value instanceof Long || value instanceof BigInteger),
                    entry("float", (value, _, _) -> value instanceof Double),
                    entry("number", (value, _, _) -> Arithmetic.isNumber(value)),
                    entry("string", (value, _, _) -> value instanceof String),
                    entry("mapping", (value, _, _) -> value instanceof Map<?, ?>),
                    entry("sequence", (value, _, _) -> isSequence(value)),
                    entry(
                            "iterable",
                            (value, _, _) ->
                                    Iteration.isIterable(value) || value instanceof LoopContext),
                    entry(
                            "callable",
                            (value, _, _) ->
                                    value instanceof Callable || value instanceof Undefined),
                    entry("escaped", (_, _, _) -> false),
                    entry("lower", (value, _, r) -> Casing.isLower(r.text().str(value))),
                    entry("upper", (value, _, r) -> Casing.isUpper(r.text().str(value))),
                    entry(
                            "odd",
                            (value, _, r) -> r.comparison().equal(remainder(value, 2L, r), 1L)),
                    entry("even", (value, _, r) -> isZero(remainder(value, 2L, r))),
                    entry(
                            "divisibleby",
                            (value, a, r) ->
                                    isZero(
                                            remainder(
                                                    value,
                                                    a.bind("divisibleby", "num").get("num"),
                                                    r))),
                    entry(
                            "sameas",
                            (value, a, r) -> isSame(value, a.bind("sameas", "other").get("other"))),
                    entry(
                            "filter",
                            (value, _, _) ->
                                    value instanceof String name && FilterRegistry.exists(name)),
                    entry(
                            "test",
                            (value, _, _) ->
                                    value instanceof String name && TestRegistry.exists(name)),
                    entry("in", comparison(CompareOperator.IN)),
                    entry("eq", comparison(CompareOperator.EQUAL)),
                    entry("==", comparison(CompareOperator.EQUAL)),
                    entry("equalto", comparison(CompareOperator.EQUAL)),
                    entry("ne", comparison(CompareOperator.NOT_EQUAL)),
                    entry("!=", comparison(CompareOperator.NOT_EQUAL)),
                    entry("lt", comparison(CompareOperator.LESS)),
                    entry("<", comparison(CompareOperator.LESS)),
                    entry("lessthan", comparison(CompareOperator.LESS)),
                    entry("le", comparison(CompareOperator.LESS_OR_EQUAL)),
                    entry("<=", comparison(CompareOperator.LESS_OR_EQUAL)),
                    entry("gt", comparison(CompareOperator.GREATER)),
                    entry(">", comparison(CompareOperator.GREATER)),
                    entry("greaterthan", comparison(CompareOperator.GREATER)),
                    entry("ge", comparison(CompareOperator.GREATER_OR_EQUAL)),
                    entry(">=", comparison(CompareOperator.GREATER_OR_EQUAL)));

    private TestRegistry() {}

    public static boolean exists(String name) {
        return BY_NAME.containsKey(name);
    }

    public static Test named(String name) {
        @Nullable Test test = BY_NAME.get(name);
        if (test == null) {
            throw TemplateException.value("No test named '" + name + "'.");
        }
        return test;
    }

    private static Test comparison(CompareOperator operator) {
        return (value, arguments, rendering) ->
                rendering
                        .comparison()
                        .holds(
                                operator,
                                value,
                                arguments.bind("is " + operator.symbol(), "other").get("other"));
    }

    private static boolean isSequence(Object value) {
        return !(value instanceof DictView)
                && !(value instanceof LoopContext)
                && Iteration.length(value).isPresent();
    }

    private static Object remainder(Object value, Object divisor, Rendering rendering) {
        return new Arithmetic(rendering).apply(BinaryOperator.MODULO, value, divisor);
    }

    private static boolean isZero(Object number) {
        return Arithmetic.isNumber(number) && Arithmetic.toDouble(number) == 0;
    }

    /**
     * Returns whether Python would give both values one identity, as it does to equal constants and
     * small numbers of one type.
     */
    private static boolean isSame(Object left, Object right) {
        boolean shared = left instanceof Boolean || left instanceof Long || left instanceof String;
        return PythonComparison.same(left, right) || (shared && left.equals(right));
    }
}
