package org.dlora.constraint.schema;

import java.math.BigInteger;
import java.util.ArrayList;
import org.dlora.constraint.grammar.Expr;

/** Ranges of natural numbers, digit by digit. */
final class Digits {
    /** One digit. */
    static final Expr ANY = new Expr.Range('0', '9');

    private Digits() {}

    /** Returns the integers from {@code low} to {@code high}, neither of them negative. */
    static Expr naturals(BigInteger low, BigInteger high) {
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
            return Expr.repeat(ANY, length, length);
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
                            Expr.repeat(ANY, low.length(), low.length())));
        }
        alternatives.add(
                Expr.sequence(new Expr.Range(last, last), span("0".repeat(low.length()), high)));
        return Expr.choice(alternatives);
    }
}
