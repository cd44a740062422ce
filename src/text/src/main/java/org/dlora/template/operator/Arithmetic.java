package org.dlora.template.operator;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import org.dlora.template.sandbox.TemplateException;
import org.dlora.template.value.PythonInteger;
import org.dlora.template.value.PythonType;
import org.dlora.template.value.Range;
import org.dlora.template.value.Rendering;
import org.dlora.template.value.Tuple;
import org.dlora.template.value.Undefined;

/** Python's arithmetic on numbers, texts, lists and tuples. */
public final class Arithmetic {

    private final Rendering rendering;
    private final PercentFormat percentFormat;

    public Arithmetic(Rendering rendering) {
        this.rendering = rendering;
        this.percentFormat = new PercentFormat(rendering);
    }

    public Object apply(BinaryOperator operator, Object left, Object right) {
        if (left instanceof String format && operator == BinaryOperator.MODULO) {
            return percentFormat.format(format, right);
        }
        if (left instanceof Undefined undefined) {
            throw undefined.failure();
        }
        if (right instanceof Undefined undefined) {
            throw undefined.failure();
        }
        if (isNumber(left) && isNumber(right)) {
            return PythonInteger.is(left) && PythonInteger.is(right)
                    ? integers(operator, left, right)
                    : (Object) floats(operator, toDouble(left), toDouble(right));
        }
        return switch (operator) {
            case ADD -> concatenate(left, right);
            case MULTIPLY -> PythonInteger.is(left) ? repeat(right, left) : repeat(left, right);
            default -> throw unsupported(operator, left, right);
        };
    }

    public Object negate(Object value) {
        return switch (value) {
            case Undefined undefined -> throw undefined.failure();
            case Double number -> -number;
            case Object number when PythonInteger.is(number) ->
                    PythonInteger.of(PythonInteger.big(number).negate());
            default ->
                    throw TemplateException.type(
                            "bad operand type for unary -: '" + PythonType.nameOf(value) + "'");
        };
    }

    public Object plus(Object value) {
        return switch (value) {
            case Undefined undefined -> throw undefined.failure();
            case Double number -> number;
            case Object number when PythonInteger.is(number) ->
                    PythonInteger.of(PythonInteger.big(number));
            default ->
                    throw TemplateException.type(
                            "bad operand type for unary +: '" + PythonType.nameOf(value) + "'");
        };
    }

    private static Object integers(BinaryOperator operator, Object left, Object right) {
        return switch (operator) {
            case ADD -> PythonInteger.of(PythonInteger.big(left).add(PythonInteger.big(right)));
            case SUBTRACT ->
                    PythonInteger.of(PythonInteger.big(left).subtract(PythonInteger.big(right)));
            case MULTIPLY -> PythonInteger.multiply(left, right);
            case DIVIDE -> divide(toDouble(left), toDouble(right));
            case FLOOR_DIVIDE -> PythonInteger.floorDivide(left, right);
            case MODULO -> PythonInteger.modulo(left, right);
            case POWER ->
                    PythonInteger.big(right).signum() < 0
                            ? (Object) power(toDouble(left), toDouble(right))
                            : PythonInteger.power(left, right);
        };
    }

    private static double floats(BinaryOperator operator, double left, double right) {
        return switch (operator) {
            case ADD -> left + right;
            case SUBTRACT -> left - right;
            case MULTIPLY -> left * right;
            case DIVIDE -> divide(left, right);
            case FLOOR_DIVIDE -> floorDivide(left, right);
            case MODULO -> modulo(left, right);
            case POWER -> power(left, right);
        };
    }

    private static double divide(double left, double right) {
        if (right == 0) {
            throw TemplateException.value("division by zero");
        }
        return left / right;
    }

    private static double modulo(double left, double right) {
        if (right == 0) {
            throw TemplateException.value("float modulo by zero");
        }
        double remainder = left % right;
        return remainder == 0
                ? Math.copySign(0, right)
                : remainder < 0 != right < 0 ? remainder + right : remainder;
    }

    /** Returns the floor of the quotient; a zero has the sign of the quotient. */
    private static double floorDivide(double left, double right) {
        double remainder = modulo(left, right);
        boolean shifted = remainder != left % right;
        double quotient = (left - left % right) / right - (shifted ? 1 : 0);
        return quotient == 0 ? Math.copySign(0, left / right) : Math.rint(quotient);
    }

    private static double power(double left, double right) {
        if (left == 0 && right < 0) {
            throw TemplateException.value("0.0 cannot be raised to a negative power");
        }
        double power = Math.pow(left, right);
        if (Double.isInfinite(power) && Double.isFinite(left) && Double.isFinite(right)) {
            throw TemplateException.value("power is too large for a float");
        }
        if (Double.isNaN(power) && !Double.isNaN(left) && !Double.isNaN(right)) {
            throw TemplateException.value(
                    "a negative number cannot be raised to a fractional power");
        }
        return power;
    }

    public static boolean isNumber(Object value) {
        return value instanceof Double || PythonInteger.is(value);
    }

    public static double toDouble(Object number) {
        if (number instanceof Double value) {
            return value;
        }
        double value = new BigDecimal(PythonInteger.big(number)).doubleValue();
        if (Double.isInfinite(value)) {
            throw TemplateException.value("int too large to convert to float");
        }
        return value;
    }

    private Object concatenate(Object left, Object right) {
        if (left instanceof String a && right instanceof String b) {
            rendering.budget().allocate((long) a.length() + b.length());
            return a + b;
        }
        if (left instanceof List<?> a
                && right instanceof List<?> b
                && !(a instanceof Range)
                && !(b instanceof Range)) {
            return join(a, b);
        }
        if (left instanceof Tuple a && right instanceof Tuple b) {
            return new Tuple(join(a.items(), b.items()));
        }
        throw unsupported(BinaryOperator.ADD, left, right);
    }

    private List<Object> join(List<?> left, List<?> right) {
        rendering.budget().allocateItems((long) left.size() + right.size());
        var joined = new ArrayList<Object>(left.size() + right.size());
        joined.addAll(left);
        joined.addAll(right);
        return joined;
    }

    private Object repeat(Object value, Object times) {
        if (!PythonInteger.is(times)) {
            throw unsupported(BinaryOperator.MULTIPLY, value, times);
        }
        int count = Math.max(0, PythonInteger.clamp(times));
        return switch (value) {
            case String text -> {
                rendering.budget().allocate((long) text.length() * count);
                yield text.isEmpty() ? "" : text.repeat(count);
            }
            case Range _ -> throw unsupported(BinaryOperator.MULTIPLY, value, times);
            case List<?> list -> repeat(list, count);
            case Tuple tuple -> new Tuple(repeat(tuple.items(), count));
            default -> throw unsupported(BinaryOperator.MULTIPLY, value, times);
        };
    }

    private List<Object> repeat(List<?> items, int count) {
        rendering.budget().allocateItems((long) items.size() * count);
        var repeated = new ArrayList<Object>();
        for (int i = 0; i < count && !items.isEmpty(); i++) {
            repeated.addAll(items);
        }
        return repeated;
    }

    private static TemplateException unsupported(
            BinaryOperator operator, Object left, Object right) {
        return TemplateException.type(
                "unsupported operand types for "
                        + operator.symbol()
                        + ": '"
                        + PythonType.nameOf(left)
                        + "' and '"
                        + PythonType.nameOf(right)
                        + "'");
    }
}
