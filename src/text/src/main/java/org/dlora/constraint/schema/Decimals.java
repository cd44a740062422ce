package org.dlora.constraint.schema;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import org.dlora.constraint.grammar.Expr;

/** Decimals with a fraction of up to some digits. */
record Decimals(int fraction) {

    /** Returns the fractions, the empty one included. */
    Expr any() {
        return Expr.optional(Expr.sequence(Expr.text("."), Expr.repeat(Digits.ANY, 1, fraction)));
    }

    Expr atLeast(JsonNumbers.Bound min) {
        var value = min.value();
        return value.signum() >= 0
                ? above(value, min.exclusive())
                : Expr.choice(
                        Expr.sequence(JsonNumbers.WHOLE, any()),
                        Expr.sequence(Expr.text("-"), below(value.negate(), min.exclusive())));
    }

    Expr atMost(JsonNumbers.Bound max) {
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
        if (whole.compareTo(JsonNumbers.LARGEST) < 0) {
            alternatives.add(
                    Expr.sequence(
                            Digits.naturals(whole.add(BigInteger.ONE), JsonNumbers.LARGEST),
                            any()));
        }
        if (whole.compareTo(JsonNumbers.LARGEST) <= 0) {
            var digits = digits(value);
            var rest =
                    digits.isEmpty()
                            ? exclusive ? Expr.sequence(Expr.text("."), nonZero(fraction)) : any()
                            : Expr.sequence(Expr.text("."), from(digits, 0, exclusive));
            alternatives.add(Expr.sequence(Expr.text(whole.toString()), rest));
        }
        return new Expr.Choice(alternatives);
    }

    /** Returns the decimals up to {@code value}, which is not negative. */
    private Expr below(BigDecimal value, boolean exclusive) {
        var whole = value.toBigInteger().min(JsonNumbers.LARGEST);
        boolean isCut = value.toBigInteger().compareTo(JsonNumbers.LARGEST) > 0;
        var alternatives = new ArrayList<Expr>();
        if (whole.signum() > 0) {
            alternatives.add(
                    Expr.sequence(
                            Digits.naturals(BigInteger.ZERO, whole.subtract(BigInteger.ONE)),
                            any()));
        }
        var digits = digits(value);
        if (isCut) {
            alternatives.add(Expr.sequence(Expr.text(whole.toString()), any()));
        } else if (!digits.isEmpty()) {
            alternatives.add(
                    Expr.sequence(
                            Expr.text(whole.toString()),
                            Expr.optional(
                                    Expr.sequence(Expr.text("."), upTo(digits, 0, exclusive)))));
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
        return Expr.repeat(Digits.ANY, 0, Math.max(0, fraction - used));
    }

    private static Expr nonZero(int digits) {
        var alternatives = new ArrayList<Expr>();
        for (int zeros = 0; zeros < digits; zeros++) {
            alternatives.add(
                    Expr.sequence(
                            Expr.text("0".repeat(zeros)),
                            new Expr.Range('1', '9'),
                            Expr.repeat(Digits.ANY, 0, digits - zeros - 1)));
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
                Expr.sequence(new Expr.Range(digit, digit), from(digits, at + 1, exclusive)));
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
