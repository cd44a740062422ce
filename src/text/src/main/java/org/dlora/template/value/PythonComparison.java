package org.dlora.template.value;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import org.dlora.template.sandbox.Budget;
import org.dlora.template.sandbox.Sandbox;
import org.dlora.template.sandbox.TemplateException;
import org.jspecify.annotations.Nullable;

/**
 * Python's {@code ==}, {@code <} and {@code in}. Costs are charged per element, because values may
 * share structure.
 */
public final class PythonComparison {

    private final Budget budget;

    PythonComparison(Budget budget) {
        this.budget = budget;
    }

    public boolean holds(CompareOperator operator, Object left, Object right) {
        return switch (operator) {
            case EQUAL -> equal(left, right);
            case NOT_EQUAL -> !equal(left, right);
            case IN -> contains(right, left);
            case NOT_IN -> !contains(right, left);
            case LESS, LESS_OR_EQUAL, GREATER, GREATER_OR_EQUAL -> {
                var order = order(left, right, operator.symbol());
                yield order != null
                        && switch (operator) {
                            case LESS -> order < 0;
                            case LESS_OR_EQUAL -> order <= 0;
                            case GREATER -> order > 0;
                            default -> order >= 0;
                        };
            }
        };
    }

    public boolean equal(Object left, Object right) {
        return equal(left, right, 0);
    }

    private boolean equal(Object left, Object right, int nesting) {
        budget.step();
        checkNesting(nesting);
        if (left instanceof Undefined) {
            return right instanceof Undefined;
        }
        if (isNumber(left) && isNumber(right)) {
            return !isNaN(left) && !isNaN(right) && compareNumbers(left, right) == 0;
        }
        if (left instanceof String a && right instanceof String b) {
            budget.scan(Math.min(a.length(), b.length()));
            return a.equals(b);
        }
        if (left instanceof List<?> a && right instanceof List<?> b) {
            return left instanceof Range == right instanceof Range && equalItems(a, b, nesting);
        }
        if (left instanceof Tuple a && right instanceof Tuple b) {
            return equalItems(a.items(), b.items(), nesting);
        }
        if (left instanceof Map<?, ?> a && right instanceof Map<?, ?> b) {
            return equalEntries(a, b, nesting);
        }
        return same(left, right);
    }

    private boolean equalItems(List<?> left, List<?> right, int nesting) {
        if (left.size() != right.size()) {
            return false;
        }
        for (int i = 0; i < left.size(); i++) {
            if (!equal(left.get(i), right.get(i), nesting + 1)) {
                return false;
            }
        }
        return true;
    }

    private boolean equalEntries(Map<?, ?> left, Map<?, ?> right, int nesting) {
        if (left.size() != right.size()) {
            return false;
        }
        for (var entry : left.entrySet()) {
            var other = PythonDict.get(right, entry.getKey());
            if (other == null || !equal(entry.getValue(), other, nesting + 1)) {
                return false;
            }
        }
        return true;
    }

    /**
     * Returns a negative number, zero or a positive number; null where a comparison with NaN makes
     * every ordering false.
     */
    public @Nullable Integer order(Object left, Object right, String operator) {
        return order(left, right, operator, 0);
    }

    private @Nullable Integer order(Object left, Object right, String operator, int nesting) {
        budget.step();
        checkNesting(nesting);
        if (left instanceof Undefined undefined) {
            throw undefined.failure();
        }
        if (right instanceof Undefined undefined) {
            throw undefined.failure();
        }
        if (isNumber(left) && isNumber(right)) {
            return isNaN(left) || isNaN(right) ? null : (Integer) compareNumbers(left, right);
        }
        if (left instanceof String a && right instanceof String b) {
            budget.scan(Math.min(a.length(), b.length()));
            return compareText(a, b);
        }
        if (left instanceof List<?> a
                && right instanceof List<?> b
                && !(left instanceof Range)
                && !(right instanceof Range)) {
            return orderItems(a, b, operator, nesting);
        }
        if (left instanceof Tuple a && right instanceof Tuple b) {
            return orderItems(a.items(), b.items(), operator, nesting);
        }
        throw TemplateException.type(
                "'"
                        + operator
                        + "' not supported between instances of '"
                        + PythonType.nameOf(left)
                        + "' and '"
                        + PythonType.nameOf(right)
                        + "'");
    }

    private @Nullable Integer orderItems(
            List<?> left, List<?> right, String operator, int nesting) {
        for (int i = 0; i < Math.min(left.size(), right.size()); i++) {
            if (!equal(left.get(i), right.get(i), nesting + 1)) {
                return order(left.get(i), right.get(i), operator, nesting + 1);
            }
        }
        return Integer.compare(left.size(), right.size());
    }

    public boolean contains(Object container, Object item) {
        return switch (container) {
            case String text -> containsText(text, item);
            case List<?> list -> containsItem(list, item);
            case Tuple tuple -> containsItem(tuple.items(), item);
            case Map<?, ?> map -> PythonDict.get(map, item) != null;
            case DictView view ->
                    view.kind() == DictView.Kind.KEYS
                            ? PythonDict.get(view.source(), item) != null
                            : containsItem(view.items(), item);
            case OneShot oneShot -> containsRemaining(oneShot, item);
            case Undefined _ -> false;
            default ->
                    throw TemplateException.type(
                            "argument of type '"
                                    + PythonType.nameOf(container)
                                    + "' is not iterable");
        };
    }

    private boolean containsText(String text, Object item) {
        if (!(item instanceof String part)) {
            throw TemplateException.type(
                    "'in <string>' requires string as left operand, not "
                            + PythonType.nameOf(item));
        }
        budget.search(text.length(), part.length());
        return text.contains(part);
    }

    private boolean containsItem(List<?> items, Object item) {
        for (var candidate : items) {
            if (same(candidate, item) || equal(candidate, item)) {
                return true;
            }
        }
        return false;
    }

    private boolean containsRemaining(OneShot oneShot, Object item) {
        while (oneShot.iterator().hasNext()) {
            if (equal(oneShot.iterator().next(), item)) {
                return true;
            }
        }
        return false;
    }

    /**
     * Returns Python's equality of objects that define none. Java's {@code equals} could recurse
     * without bound here.
     */
    @SuppressWarnings("ReferenceEquality")
    public static boolean same(Object left, Object right) {
        return left == right;
    }

    private static void checkNesting(int nesting) {
        if (nesting > Sandbox.MAX_NESTING) {
            throw TemplateException.limit(
                    "cannot compare values nested more than " + Sandbox.MAX_NESTING + " deep");
        }
    }

    private static boolean isNumber(Object value) {
        return PythonInteger.is(value) || value instanceof Double;
    }

    private static boolean isNaN(Object value) {
        return value instanceof Double number && number.isNaN();
    }

    private static int compareNumbers(Object left, Object right) {
        if (left instanceof Long a && right instanceof Long b) {
            return a.compareTo(b);
        }
        if (left instanceof Double a && right instanceof Double b) {
            return a < b ? -1 : a > b ? 1 : 0;
        }
        if (left instanceof Double a) {
            return -compareNumbers(right, a);
        }
        if (right instanceof Double b) {
            BigInteger exact = PythonInteger.big(left);
            return b.isInfinite()
                    ? (b > 0 ? -1 : 1)
                    : new BigDecimal(exact).compareTo(new BigDecimal(b));
        }
        return PythonInteger.big(left).compareTo(PythonInteger.big(right));
    }

    /** Compares by code point; {@link String#compareTo} compares by UTF-16 unit. */
    private static int compareText(String left, String right) {
        int common = Math.min(left.length(), right.length());
        for (int i = 0; i < common; i++) {
            char a = left.charAt(i);
            char b = right.charAt(i);
            if (a != b) {
                boolean surrogates = Character.isSurrogate(a) != Character.isSurrogate(b);
                return surrogates ? (Character.isSurrogate(a) ? 1 : -1) : Character.compare(a, b);
            }
        }
        return Integer.compare(left.length(), right.length());
    }
}
