package org.dlora.device.cpu.lora;

import java.util.ArrayList;
import java.util.List;
import org.dlora.device.LoraGroup;
import org.dlora.device.LoraTerm;
import org.dlora.device.LoraTerm.Affine;
import org.dlora.device.LoraTerm.LowRank;
import org.dlora.device.LoraTerm.Replacement;
import org.dlora.device.LoraTerm.Shift;
import org.dlora.device.arguments.TermArguments;
import org.dlora.device.cpu.kernels.Kernels;
import org.dlora.device.cpu.linear.LinearKernels;
import org.dlora.device.cpu.matrix.PanelMatrix;
import org.dlora.device.cpu.matrix.Panels;
import org.dlora.device.cpu.memory.CpuActivations;
import org.dlora.device.cpu.memory.FloatRows;
import org.dlora.device.cpu.memory.Scratch;
import org.dlora.device.cpu.threads.Workers;

/**
 * The terms of LoRA groups at a linear layer, in two phases: first every shrink A·x, then every
 * expand into y. A phase is cut into units that can be computed in any order. A unit is some panels
 * of a term for the rows of its group; where terms have outputs in common, of all these terms in
 * their order. A unit costs its own rank: nothing is padded to the rank of another group.
 */
final class LoraUnits {
    /** Largest number of rows of a unit. */
    private static final int ROWS = 64;

    /** Panels of B or of a replacement in a unit; a multiple of every kernel's tile. */
    private static final int PANELS = 16;

    /** Rows of a unit below which it has more panels of B, where there are many groups. */
    private static final int FEW = 4;

    /** Groups per worker above which larger units still keep all workers busy. */
    private static final int MANY = 4;

    private interface IntBiConsumer {
        void accept(int from, int to);
    }

    private interface UnitWork {
        void run(Scratch scratch);
    }

    private final LinearKernels linear;
    private final int lanes;
    private final CpuActivations x;
    private final CpuActivations y;
    private final Expansion expansion;
    private final Scratch memory;
    private final List<UnitWork> shrinks = new ArrayList<>();
    private final List<UnitWork> expands = new ArrayList<>();
    private final boolean many;
    private long cost;

    /**
     * Cuts the units of {@code groups}.
     *
     * @param groups checked; see {@link LayerTerms}
     * @param memory holds A·x between the phases
     * @param workers workers that share the work
     */
    LoraUnits(
            Kernels kernels,
            LinearKernels linear,
            List<LoraGroup> groups,
            CpuActivations x,
            CpuActivations y,
            Scratch memory,
            int workers) {
        this.linear = linear;
        this.lanes = kernels.lanes();
        this.x = x;
        this.y = y;
        this.memory = memory;
        expansion = new Expansion(kernels, linear, y);
        many = groups.size() >= MANY * workers;
        memory.atLeast(groups.stream().mapToLong(LoraUnits::shrunkBytes).sum());
        long offset = 0;
        for (LoraGroup group : groups) {
            group.terms().forEach(term -> cost += group.rows() * multiplyAdds(term));
            cut(group, offset);
            offset += shrunkBytes(group);
        }
    }

    /** Returns the multiply-adds of a row. */
    private static long multiplyAdds(LoraTerm term) {
        return switch (term) {
            case LowRank t -> (long) t.a().rows() * (t.a().columns() + t.b().rows());
            case Shift t -> t.vector().size();
            case Affine t -> 2L * t.gain().size();
            case Replacement t -> (long) t.weight().rows() * t.weight().columns();
        };
    }

    private static long shrunkBytes(LoraGroup group) {
        long bytes = 0;
        for (LoraTerm term : group.terms()) {
            bytes += term instanceof LowRank t ? group.rows() * shrunkStride(t) : 0;
        }
        return bytes;
    }

    /** Returns the bytes of a row of A·x, with room for whole panels. */
    private static long shrunkStride(LowRank term) {
        var a = PanelMatrix.of(term.a());
        return 4L * a.panels() * a.lanes();
    }

    private void cut(LoraGroup group, long offset) {
        var shrunk = new ArrayList<FloatRows>();
        for (LoraTerm term : group.terms()) {
            long stride = term instanceof LowRank t ? shrunkStride(t) : 0;
            shrunk.add(new FloatRows(memory.segment(), offset, stride));
            offset += group.rows() * stride;
        }
        boolean apart = !TermArguments.overlap(group.terms());
        for (int row = 0; row < group.rows(); row += ROWS) {
            var units = new ArrayList<List<UnitWork>>();
            for (int i = 0; i < group.terms().size(); i++) {
                int rows = Math.min(ROWS, group.rows() - row);
                var own = shrunk.get(i).from(row);
                units.add(cut(group.terms().get(i), own, group.firstRow() + row, rows));
            }
            if (apart) {
                units.forEach(expands::addAll);
            } else {
                addRuns(group.terms(), units);
            }
        }
    }

    private void addRuns(List<LoraTerm> terms, List<List<UnitWork>> units) {
        for (var run : TermRuns.runs(terms)) {
            add(run.stream().map(terms::get).toList(), run.stream().map(units::get).toList());
        }
    }

    /** Adds terms that follow one another: cut where all have the same outputs, else whole. */
    private void add(List<LoraTerm> terms, List<List<UnitWork>> units) {
        if (terms.size() == 1) {
            expands.addAll(units.getFirst());
        } else if (TermRuns.alike(terms)) {
            for (int i = 0; i < units.getFirst().size(); i++) {
                int at = i;
                expands.add(scratch -> units.forEach(term -> term.get(at).run(scratch)));
            }
        } else {
            expands.add(scratch -> units.forEach(term -> term.forEach(unit -> unit.run(scratch))));
        }
    }

    /** Returns the units of a term's expand, cut at the same outputs for every term. */
    private List<UnitWork> cut(LoraTerm term, FloatRows shrunk, int first, int rows) {
        var units = new ArrayList<UnitWork>();
        int panels = many ? PANELS * Math.ceilDiv(FEW, rows) : PANELS;
        switch (term) {
            case LowRank t -> {
                shrink(PanelMatrix.of(t.a()), first, rows, shrunk);
                for (Panels some : PanelMatrix.of(t.b()).cut(panels)) {
                    units.add(scratch -> expansion.apply(t, some, shrunk, first, rows, scratch));
                }
            }
            case Shift t ->
                    cut(
                            t.vector().size(),
                            panels,
                            units,
                            (from, to) -> expansion.apply(t, from, to, first, rows));
            case Affine t ->
                    cut(
                            t.gain().size(),
                            panels,
                            units,
                            (from, to) -> expansion.apply(t, from, to, first, rows));
            case Replacement t -> {
                for (Panels some : PanelMatrix.of(t.weight()).cut(PANELS)) {
                    var in = x.rowsFrom(first, 0);
                    var out = y.rowsFrom(first, 0);
                    units.add(_ -> linear.linear(some, in, out, rows, null));
                }
            }
        }
        return units;
    }

    private void cut(int outputs, int panels, List<UnitWork> units, IntBiConsumer apply) {
        for (int from = 0; from < outputs; from += panels * lanes) {
            int first = from;
            int end = Math.min(from + panels * lanes, outputs);
            units.add(_ -> apply.accept(first, end));
        }
    }

    private void shrink(PanelMatrix a, int first, int rows, FloatRows shrunk) {
        for (Panels some : a.cut(linear.panelTile())) {
            shrinks.add(_ -> linear.linear(some, x.rowsFrom(first, 0), shrunk, rows, null));
        }
    }

    /** Computes all units; the workers share those of each phase. */
    void run(Workers workers) {
        run(workers, shrinks);
        run(workers, expands);
    }

    private void run(Workers workers, List<UnitWork> units) {
        workers.forUnits(
                units.size(), cost, (worker, unit) -> units.get(unit).run(workers.scratch(worker)));
    }
}
