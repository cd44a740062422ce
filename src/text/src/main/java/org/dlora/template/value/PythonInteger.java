package org.dlora.template.value;

import java.math.BigDecimal;
import java.math.BigInteger;
import org.dlora.template.sandbox.Sandbox;
import org.dlora.template.sandbox.TemplateException;

/**
 * Python's integers: a {@link Long} where it fits, else a {@link BigInteger} of at most {@link
 * Sandbox#MAX_INTEGER_BITS} bits. Booleans count as 0 and 1.
 */
public final class PythonInteger {

    private PythonInteger() {}

    public static boolean is(Object value) {
        return value instanceof Long || value instanceof BigInteger || value instanceof Boolean;
    }

    public static BigInteger big(Object value) {
        return switch (value) {
            case Boolean bool -> bool ? BigInteger.ONE : BigInteger.ZERO;
            case BigInteger number -> number;
            case Long number -> BigInteger.valueOf(number);
            default -> throw new IllegalArgumentException("not an integer: " + value);
        };
    }

    public static Object of(BigInteger value) {
        if (value.bitLength() > Sandbox.MAX_INTEGER_BITS) {
            throw TemplateException.limit(
                    "an integer has more than " + Sandbox.MAX_INTEGER_BITS + " bits");
        }
        return value.bitLength() < Long.SIZE ? (Object) value.longValue() : value;
    }

    /** Returns the number without its fraction. */
    public static Object truncate(double number) {
        return of(new BigDecimal(number).toBigInteger());
    }

    /** Returns the value where it fits an {@code int}, else the nearest one. */
    public static int clamp(Object value) {
        return switch (value) {
            case Boolean bool -> bool ? 1 : 0;
            case Long number -> Math.clamp(number, Integer.MIN_VALUE, Integer.MAX_VALUE);
            default -> big(value).signum() < 0 ? Integer.MIN_VALUE : Integer.MAX_VALUE;
        };
    }

    public static Object multiply(Object left, Object right) {
        var a = big(left);
        var b = big(right);
        if (a.bitLength() + b.bitLength() > Sandbox.MAX_INTEGER_BITS + 1) {
            throw TemplateException.limit(
                    "an integer has more than " + Sandbox.MAX_INTEGER_BITS + " bits");
        }
        return of(a.multiply(b));
    }

    public static Object floorDivide(Object left, Object right) {
        var parts = divideAndRemainder(left, right);
        var floor = parts[1].signum() != 0 && parts[1].signum() != big(right).signum();
        return of(floor ? parts[0].subtract(BigInteger.ONE) : parts[0]);
    }

    /** Returns the remainder with the sign of the divisor, as Python defines it. */
    public static Object modulo(Object left, Object right) {
        var remainder = divideAndRemainder(left, right)[1];
        var divisor = big(right);
        return of(
                remainder.signum() != 0 && remainder.signum() != divisor.signum()
                        ? remainder.add(divisor)
                        : remainder);
    }

    private static BigInteger[] divideAndRemainder(Object left, Object right) {
        if (big(right).signum() == 0) {
            throw TemplateException.value("integer division or modulo by zero");
        }
        return big(left).divideAndRemainder(big(right));
    }

    /** Returns {@code base} to the power of {@code exponent}, which must not be negative. */
    public static Object power(Object base, Object exponent) {
        var number = big(base);
        if (number.abs().bitLength() <= 1) {
            boolean even = !big(exponent).testBit(0);
            return of(
                    big(exponent).signum() == 0 || (even && number.signum() < 0)
                            ? BigInteger.ONE
                            : number);
        }
        int power = clamp(exponent);
        if ((long) number.bitLength() * power > Sandbox.MAX_INTEGER_BITS * 2L) {
            throw TemplateException.limit(
                    "an integer has more than " + Sandbox.MAX_INTEGER_BITS + " bits");
        }
        return of(number.pow(power));
    }
}
