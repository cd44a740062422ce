package org.dlora.device.arguments;

import static org.dlora.device.arguments.Arguments.check;

import java.util.List;
import java.util.Optional;
import org.dlora.device.Activations;
import org.dlora.device.LoraGroup;
import org.dlora.device.LoraTerm;
import org.dlora.device.LoraTerm.Affine;
import org.dlora.device.LoraTerm.LowRank;
import org.dlora.device.LoraTerm.Replacement;
import org.dlora.device.LoraTerm.Shift;
import org.dlora.device.WeightVector;

/** Checks of LoRA groups and their terms, and of which terms overlap. */
public final class TermArguments {
    private TermArguments() {}

    /** Checks that a group lies within {@code rows} rows and has a replacement only alone. */
    public static void group(LoraGroup group, int rows) {
        check(
                group.rows() >= 0
                        && group.firstRow() >= 0
                        && group.rows() <= rows - group.firstRow(),
                () ->
                        "LoRA group of rows %d to %d: x and y have %d rows"
                                .formatted(
                                        group.firstRow(), group.firstRow() + group.rows(), rows));
        check(
                group.terms().size() < 2
                        || group.terms().stream().noneMatch(Replacement.class::isInstance),
                () ->
                        "LoRA group with a replacement and %d other terms: expected it alone"
                                .formatted(group.terms().size() - 1));
    }

    /** Checks that a term of a linear layer fits its input x and its output y. */
    public static void term(LoraTerm term, Activations x, Activations y) {
        switch (term) {
            case LowRank t -> lowRank(t, x.width(), y.width());
            case Replacement t -> {
                Arguments.width(x, "x", t.weight().columns());
                Arguments.width(y, "y", t.weight().rows());
            }
            default -> vectors(term, y.width());
        }
    }

    /** Checks a term of an embedding, and the tokens of its rows. */
    public static void embedding(LoraTerm term, LoraGroup group, int[] tokens, Activations out) {
        switch (term) {
            case LowRank t -> {
                lowRank(t, t.a().columns(), out.width());
                tokens(group, tokens, t.a().columns());
            }
            case Replacement t -> {
                Arguments.width(out, "embedding output", t.weight().columns());
                tokens(group, tokens, t.weight().rows());
            }
            default -> vectors(term, out.width());
        }
    }

    private static void tokens(LoraGroup group, int[] tokens, int vocabulary) {
        for (int row = group.firstRow(); row < group.firstRow() + group.rows(); row++) {
            Arguments.index("token", tokens[row], vocabulary);
        }
    }

    public static void lowRank(LowRank term, int inputs, int outputs) {
        var a = term.a();
        var b = term.b();
        check(
                a.columns() == inputs
                        && b.columns() == a.rows()
                        && term.firstOutput() >= 0
                        && b.rows() <= outputs - term.firstOutput(),
                () ->
                        "LoRA term A [%d, %d], B [%d, %d] at output %d does not fit x of width %d and y of width %d"
                                .formatted(
                                        a.rows(),
                                        a.columns(),
                                        b.rows(),
                                        b.columns(),
                                        term.firstOutput(),
                                        inputs,
                                        outputs));
        vector("gain", term.gain(), b.rows());
        vector("shift", term.shift(), b.rows());
    }

    private static void vector(String what, Optional<WeightVector> vector, int size) {
        vector.ifPresent(v ->
                check(
                        v.size() == size,
                        () ->
                                "LoRA %s of %d: expected %d, the outputs of its term"
                                        .formatted(what, v.size(), size)));
    }

    /** Checks a term without a low rank. */
    static void vectors(LoraTerm term, int outputs) {
        int size = outputs(term);
        check(
                firstOutput(term) >= 0 && size <= outputs - firstOutput(term),
                () ->
                        "LoRA %s of %d at output %d does not fit y of width %d"
                                .formatted(
                                        term instanceof Shift ? "shift" : "gain",
                                        size,
                                        firstOutput(term),
                                        outputs));
        if (term instanceof Affine t) {
            vector("shift", t.shift(), size);
        }
    }

    public static boolean overlap(LoraTerm one, LoraTerm other) {
        return firstOutput(one) < firstOutput(other) + outputs(other)
                && firstOutput(other) < firstOutput(one) + outputs(one);
    }

    /** Returns whether any two of {@code terms} have outputs in common. */
    public static boolean overlap(List<? extends LoraTerm> terms) {
        for (int i = 1; i < terms.size(); i++) {
            for (int j = 0; j < i; j++) {
                if (overlap(terms.get(i), terms.get(j))) {
                    return true;
                }
            }
        }
        return false;
    }

    public static int firstOutput(LoraTerm term) {
        return switch (term) {
            case LowRank t -> t.firstOutput();
            case Shift t -> t.firstOutput();
            case Affine t -> t.firstOutput();
            case Replacement _ -> 0;
        };
    }

    /** Returns how many outputs a term has. */
    public static int outputs(LoraTerm term) {
        return switch (term) {
            case LowRank t -> t.b().rows();
            case Shift t -> t.vector().size();
            case Affine t -> t.gain().size();
            case Replacement t -> t.weight().rows();
        };
    }
}
