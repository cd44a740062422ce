package org.dlora.constraint.schema;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import org.dlora.constraint.grammar.ConstraintException;
import org.dlora.constraint.grammar.Determinizer;
import org.dlora.constraint.grammar.Dfa;
import org.dlora.constraint.grammar.DfaBuilder;
import org.dlora.constraint.grammar.Expr;
import org.jspecify.annotations.Nullable;

/**
 * Numbers of JSON within bounds, digit by digit. An integer has at most {@value #DIGITS} digits and
 * neither fraction nor exponent. A fraction has at most as many digits. A number without bounds may
 * have an exponent of two digits.
 */
final class JsonNumbers {
    /** Digits that a float64 holds in any case. */
    static final int DIGITS = 15;

    private static final int MAX_DIVISOR = 1000;

    /** The largest whole number. */
    static final BigInteger LARGEST = BigInteger.TEN.pow(DIGITS).subtract(BigInteger.ONE);

    private static final Expr MINUS = Expr.optional(Expr.text("-"));

    /** Whole numbers without a sign. */
    static final Expr WHOLE =
            Expr.choice(
                    Expr.text("0"),
                    Expr.sequence(
                            new Expr.Range('1', '9'), Expr.repeat(Digits.ANY, 0, DIGITS - 1)));

    private static final Expr EXPONENT =
            Expr.sequence(
                    Expr.choice(Expr.text("e"), Expr.text("E")),
                    Expr.optional(Expr.choice(Expr.text("+"), Expr.text("-"))),
                    Expr.repeat(Digits.ANY, 1, 2));

    /**
     * A bound.
     *
     * @param exclusive whether the value itself is beyond it
     */
    record Bound(BigDecimal value, boolean exclusive) {}

    private JsonNumbers() {}

    /**
     * Returns the automaton of the integers within bounds.
     *
     * @param divisor of all of them; null for none
     * @param at place in the schema
     */
    static Dfa integers(
            @Nullable Bound min, @Nullable Bound max, @Nullable BigDecimal divisor, String at) {
        var all = Expr.sequence(MINUS, WHOLE);
        if (min != null || max != null) {
            var low = min == null ? LARGEST.negate() : ceil(min);
            var high = max == null ? LARGEST : floor(max);
            all = Expr.choice(integers(low.max(LARGEST.negate()), high.min(LARGEST), at));
        }
        var dfa = Determinizer.dfa(all);
        return divisor == null ? dfa : dfa.and(multiples(divisor, at));
    }

    /** Returns the automaton of the numbers within bounds; parameters as above. */
    static Dfa numbers(
            @Nullable Bound min, @Nullable Bound max, @Nullable BigDecimal divisor, String at) {
        int fraction = DIGITS;
        if (divisor != null) {
            var plain = divisor.stripTrailingZeros();
            if (plain.scale() <= 0) {
                return integers(min, max, divisor, at);
            }
            if (!plain.unscaledValue().equals(BigInteger.ONE) || plain.scale() > DIGITS) {
                throw new ConstraintException(
                        at + "multipleOf",
                        "'%smultipleOf' is %s; supported are integers up to %d and 0.1, 0.01 and so on. Leave it out."
                                .formatted(at, divisor, MAX_DIVISOR));
            }
            fraction = plain.scale();
        }
        var decimals = new Decimals(fraction);
        var signed = Expr.sequence(MINUS, WHOLE, decimals.any());
        var dfa =
                Determinizer.dfa(
                        min == null && max == null && divisor == null
                                ? Expr.sequence(signed, Expr.optional(EXPONENT))
                                : signed);
        if (min != null) {
            dfa = dfa.and(Determinizer.dfa(decimals.atLeast(min)));
        }
        if (max != null) {
            dfa = dfa.and(Determinizer.dfa(decimals.atMost(max)));
        }
        if (dfa.start() == Dfa.DEAD) {
            throw none(at);
        }
        return dfa;
    }

    private static BigInteger ceil(Bound min) {
        var whole = min.value().setScale(0, RoundingMode.CEILING).toBigInteger();
        return min.exclusive() && min.value().compareTo(new BigDecimal(whole)) == 0
                ? whole.add(BigInteger.ONE)
                : whole;
    }

    private static BigInteger floor(Bound max) {
        var whole = max.value().setScale(0, RoundingMode.FLOOR).toBigInteger();
        return max.exclusive() && max.value().compareTo(new BigDecimal(whole)) == 0
                ? whole.subtract(BigInteger.ONE)
                : whole;
    }

    private static List<Expr> integers(BigInteger low, BigInteger high, String at) {
        if (low.compareTo(high) > 0) {
            throw none(at);
        }
        var alternatives = new ArrayList<Expr>();
        if (high.signum() >= 0) {
            alternatives.add(Digits.naturals(low.max(BigInteger.ZERO), high));
        }
        if (low.signum() < 0) {
            var least = high.signum() < 0 ? high.negate() : BigInteger.ONE;
            alternatives.add(Expr.sequence(Expr.text("-"), Digits.naturals(least, low.negate())));
        }
        return alternatives;
    }

    private static ConstraintException none(String at) {
        return new ConstraintException(
                at.isEmpty() ? "minimum" : at + "minimum",
                "No number of at most %d digits is within the bounds at '%s'. Check minimum, maximum and multipleOf."
                        .formatted(DIGITS, at));
    }

    /** Returns the automaton of the integers, signed or not, that {@code divisor} divides. */
    private static Dfa multiples(BigDecimal divisor, String at) {
        var plain = divisor.stripTrailingZeros();
        if (plain.scale() > 0
                || plain.signum() <= 0
                || plain.compareTo(BigDecimal.valueOf(MAX_DIVISOR)) > 0) {
            throw new ConstraintException(
                    at + "multipleOf",
                    "'%smultipleOf' is %s; supported for integers are 1 to %d. Leave it out."
                            .formatted(at, divisor, MAX_DIVISOR));
        }
        int m = plain.intValueExact();
        var dfa = new DfaBuilder();
        int start = dfa.state(false);
        int negative = dfa.state(false);
        dfa.edge(start, '-', '-', negative);
        for (int r = 0; r < m; r++) {
            dfa.state(r == 0);
        }
        for (int digit = 0; digit <= 9; digit++) {
            int c = '0' + digit;
            dfa.edge(start, c, c, 2 + digit % m).edge(negative, c, c, 2 + digit % m);
            for (int r = 0; r < m; r++) {
                dfa.edge(2 + r, c, c, 2 + (r * 10 + digit) % m);
            }
        }
        return dfa.build();
    }
}
