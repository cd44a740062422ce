package org.dlora.constraint.schema;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import org.dlora.constraint.grammar.ConstraintException;
import org.dlora.constraint.grammar.Determinizer;
import org.dlora.constraint.grammar.Dfa;
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
    private static final BigInteger LARGEST = BigInteger.TEN.pow(DIGITS).subtract(BigInteger.ONE);

    private static final Expr DIGIT = new Expr.Range('0', '9');
    private static final Expr MINUS = Expr.optional(Expr.text("-"));
    private static final Expr WHOLE =
            Expr.choice(
                    Expr.text("0"),
                    Expr.sequence(new Expr.Range('1', '9'), Expr.repeat(DIGIT, 0, DIGITS - 1)));
    private static final Expr EXPONENT =
            Expr.sequence(
                    Expr.choice(Expr.text("e"), Expr.text("E")),
                    Expr.optional(Expr.choice(Expr.text("+"), Expr.text("-"))),
                    Expr.repeat(DIGIT, 1, 2));

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
            alternatives.add(naturals(low.max(BigInteger.ZERO), high));
        }
        if (low.signum() < 0) {
            var least = high.signum() < 0 ? high.negate() : BigInteger.ONE;
            alternatives.add(Expr.sequence(Expr.text("-"), naturals(least, low.negate())));
        }
        return alternatives;
    }

    private static ConstraintException none(String at) {
        return new ConstraintException(
                at.isEmpty() ? "minimum" : at + "minimum",
                "No number of at most %d digits is within the bounds at '%s'. Check minimum, maximum and multipleOf."
                        .formatted(DIGITS, at));
    }

    /** Returns the integers from {@code low} to {@code high}, neither of them negative. */
    private static Expr naturals(BigInteger low, BigInteger high) {
        var alternatives = new ArrayList<Expr>();
        var first = low.toString();
        var last = high.toString();
        for (int length = first.length(); length <= last.length(); length++) {
            var from = length == first.length() ? first : "1" + "0".repeat(length - 1);
            var to = length == last.length() ? last : "9".repeat(length);
            alternatives.add(span(from, to));
        }
        return Expr.choice(alternatives);
    }

    /** Returns the digits from one text to another of the same length. */
    private static Expr span(String from, String to) {
        int length = from.length();
        if (from.equals("0".repeat(length)) && to.equals("9".repeat(length))) {
            return Expr.repeat(DIGIT, length, length);
        }
        char first = from.charAt(0);
        char last = to.charAt(0);
        var low = from.substring(1);
        var high = to.substring(1);
        if (first == last) {
            return Expr.sequence(new Expr.Range(first, first), span(low, high));
        }
        var alternatives = new ArrayList<Expr>();
        alternatives.add(
                Expr.sequence(new Expr.Range(first, first), span(low, "9".repeat(low.length()))));
        if (last - first > 1) {
            alternatives.add(
                    Expr.sequence(
                            new Expr.Range(first + 1, last - 1),
                            Expr.repeat(DIGIT, low.length(), low.length())));
        }
        alternatives.add(
                Expr.sequence(new Expr.Range(last, last), span("0".repeat(low.length()), high)));
        return Expr.choice(alternatives);
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
        var dfa = new Dfa.Builder();
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

    /** Decimals with a fraction of up to some digits. */
    private record Decimals(int fraction) {

        /** Returns the fractions, the empty one included. */
        Expr any() {
            return Expr.optional(Expr.sequence(Expr.text("."), Expr.repeat(DIGIT, 1, fraction)));
        }

        Expr atLeast(Bound min) {
            var value = min.value();
            return value.signum() >= 0
                    ? above(value, min.exclusive())
                    : Expr.choice(
                            Expr.sequence(WHOLE, any()),
                            Expr.sequence(
                                    Expr.text("-"), below(value.negate(), min.exclusive())));
        }

        Expr atMost(Bound max) {
            var value = max.value();
            return value.signum() >= 0
                    ? Expr.choice(
                            below(value, max.exclusive()),
                            Expr.sequence(Expr.text("-"), above(BigDecimal.ZERO, true)))
                    : Expr.sequence(Expr.text("-"), above(value.negate(), max.exclusive()));
        }

        /** Returns the decimals from {@code value} on, which is not negative. */
        private Expr above(BigDecimal value, boolean exclusive) {
            var whole = value.toBigInteger();
            var alternatives = new ArrayList<Expr>();
            if (whole.compareTo(LARGEST) < 0) {
                alternatives.add(
                        Expr.sequence(naturals(whole.add(BigInteger.ONE), LARGEST), any()));
            }
            if (whole.compareTo(LARGEST) <= 0) {
                var digits = digits(value);
                var rest =
                        digits.isEmpty()
                                ? exclusive
                                        ? Expr.sequence(Expr.text("."), nonZero(fraction))
                                        : any()
                                : Expr.sequence(Expr.text("."), from(digits, 0, exclusive));
                alternatives.add(Expr.sequence(Expr.text(whole.toString()), rest));
            }
            return new Expr.Choice(alternatives);
        }

        /** Returns the decimals up to {@code value}, which is not negative. */
        private Expr below(BigDecimal value, boolean exclusive) {
            var whole = value.toBigInteger().min(LARGEST);
            boolean isCut = value.toBigInteger().compareTo(LARGEST) > 0;
            var alternatives = new ArrayList<Expr>();
            if (whole.signum() > 0) {
                alternatives.add(
                        Expr.sequence(
                                naturals(BigInteger.ZERO, whole.subtract(BigInteger.ONE)), any()));
            }
            var digits = digits(value);
            if (isCut) {
                alternatives.add(Expr.sequence(Expr.text(whole.toString()), any()));
            } else if (!digits.isEmpty()) {
                alternatives.add(
                        Expr.sequence(
                                Expr.text(whole.toString()),
                                Expr.optional(
                                        Expr.sequence(
                                                Expr.text("."), upTo(digits, 0, exclusive)))));
            } else if (!exclusive) {
                alternatives.add(
                        Expr.sequence(
                                Expr.text(whole.toString()),
                                Expr.optional(
                                        Expr.sequence(
                                                Expr.text("."),
                                                Expr.repeat(Expr.text("0"), 1, fraction)))));
            }
            return new Expr.Choice(alternatives);
        }

        /** Returns the digits behind the point, without zeros at the end. */
        private static String digits(BigDecimal value) {
            var rest = value.remainder(BigDecimal.ONE).stripTrailingZeros().toPlainString();
            return rest.contains(".") ? rest.substring(rest.indexOf('.') + 1) : "";
        }

        private Expr more(int used) {
            return Expr.repeat(DIGIT, 0, Math.max(0, fraction - used));
        }

        private static Expr nonZero(int digits) {
            var alternatives = new ArrayList<Expr>();
            for (int zeros = 0; zeros < digits; zeros++) {
                alternatives.add(
                        Expr.sequence(
                                Expr.text("0".repeat(zeros)),
                                new Expr.Range('1', '9'),
                                Expr.repeat(DIGIT, 0, digits - zeros - 1)));
            }
            return new Expr.Choice(alternatives);
        }

        /** Returns fractions that are at least {@code digits}, behind their first ones. */
        private Expr from(String digits, int at, boolean exclusive) {
            if (at == digits.length()) {
                return exclusive ? nonZero(fraction - at) : more(at);
            }
            char digit = digits.charAt(at);
            var alternatives = new ArrayList<Expr>();
            if (digit < '9') {
                alternatives.add(Expr.sequence(new Expr.Range(digit + 1, '9'), more(at + 1)));
            }
            alternatives.add(
                    Expr.sequence(
                            new Expr.Range(digit, digit), from(digits, at + 1, exclusive)));
            return Expr.choice(alternatives);
        }

        /** Returns fractions that are at most {@code digits}, behind their first ones. */
        private Expr upTo(String digits, int at, boolean exclusive) {
            if (at == digits.length()) {
                return exclusive
                        ? new Expr.Choice(List.of())
                        : Expr.repeat(Expr.text("0"), 0, Math.max(0, fraction - at));
            }
            char digit = digits.charAt(at);
            var alternatives = new ArrayList<Expr>();
            if (digit > '0') {
                alternatives.add(Expr.sequence(new Expr.Range('0', digit - 1), more(at + 1)));
            }
            var rest = upTo(digits, at + 1, exclusive);
            // A shorter fraction is smaller, as the last digit is not zero.
            alternatives.add(
                    Expr.sequence(
                            new Expr.Range(digit, digit),
                            at + 1 < digits.length() ? Expr.optional(rest) : rest));
            return Expr.choice(alternatives);
        }
    }
}
