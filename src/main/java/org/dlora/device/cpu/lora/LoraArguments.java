package org.dlora.device.cpu.lora;

import static org.dlora.device.cpu.memory.Arguments.check;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.dlora.device.LoraGroup;
import org.dlora.device.LoraTerm;
import org.dlora.device.LoraTerm.Affine;
import org.dlora.device.LoraTerm.LowRank;
import org.dlora.device.LoraTerm.Replacement;
import org.dlora.device.LoraTerm.Shift;
import org.dlora.device.WeightVector;
import org.dlora.device.cpu.matrix.PanelMatrix;
import org.dlora.device.cpu.memory.Arguments;
import org.dlora.device.cpu.memory.CpuActivations;
import org.dlora.device.cpu.memory.CpuVector;

/** Checks of LoRA groups and their terms, and of how the terms of a group overlap. */
public final class LoraArguments {
    private LoraArguments() {}

    /** Checks that a group lies within {@code rows} rows and has a replacement only alone. */
    static void group(LoraGroup group, int rows) {
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
    static void term(LoraTerm term, CpuActivations x, CpuActivations y) {
        switch (term) {
            case LowRank t -> lowRank(t, x.width(), y.width());
            case Shift t -> shift(t, y.width());
            case Affine t -> affine(t, y.width());
            case Replacement t -> {
                Arguments.width(x, "x", t.weight().columns());
                Arguments.width(y, "y", t.weight().rows());
            }
        }
    }

    public static void lowRank(LowRank term, int inputs, int outputs) {
        var a = PanelMatrix.of(term.a());
        var b = PanelMatrix.of(term.b());
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
                        CpuVector.of(v).size() == size,
                        () ->
                                "LoRA %s of %d: expected %d, the outputs of its term"
                                        .formatted(what, v.size(), size)));
    }

    static void shift(Shift term, int outputs) {
        int size = CpuVector.of(term.vector()).size();
        check(
                term.firstOutput() >= 0 && size <= outputs - term.firstOutput(),
                () ->
                        "LoRA shift of %d at output %d does not fit y of width %d"
                                .formatted(size, term.firstOutput(), outputs));
    }

    static void affine(Affine term, int outputs) {
        int size = CpuVector.of(term.gain()).size();
        check(
                term.firstOutput() >= 0 && size <= outputs - term.firstOutput(),
                () ->
                        "LoRA gain of %d at output %d does not fit y of width %d"
                                .formatted(size, term.firstOutput(), outputs));
        vector("shift", term.shift(), size);
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

    /**
     * Returns the terms cut into runs that have no outputs in common. So the order matters only
     * within a run.
     *
     * @return indices of terms, ascending within a run
     */
    static List<List<Integer>> runs(List<? extends LoraTerm> terms) {
        var runs = new ArrayList<List<Integer>>();
        for (int i = 0; i < terms.size(); i++) {
            var term = terms.get(i);
            var run = new TreeSet<>(Set.of(i));
            runs.removeIf(other ->
                    other.stream().anyMatch(j -> overlap(terms.get(j), term)) && run.addAll(other));
            runs.add(List.copyOf(run));
        }
        return runs;
    }

    private static boolean overlap(LoraTerm one, LoraTerm other) {
        return first(one) < end(other) && first(other) < end(one);
    }

    /** Returns whether all have the same outputs. */
    static boolean alike(List<LoraTerm> terms) {
        return terms.stream()
                .allMatch(term ->
                        first(term) == first(terms.getFirst())
                                && end(term) == end(terms.getFirst()));
    }

    private static int first(LoraTerm term) {
        return switch (term) {
            case LowRank t -> t.firstOutput();
            case Shift t -> t.firstOutput();
            case Affine t -> t.firstOutput();
            case Replacement _ -> 0;
        };
    }

    private static int end(LoraTerm term) {
        return switch (term) {
            case LowRank t -> t.firstOutput() + t.b().rows();
            case Shift t -> t.firstOutput() + t.vector().size();
            case Affine t -> t.firstOutput() + t.gain().size();
            case Replacement t -> t.weight().rows();
        };
    }
}
