package org.dlora.device.cpu;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.dlora.device.LoraGroup;
import org.dlora.device.LoraTerm;
import org.dlora.device.LoraTerm.Affine;
import org.dlora.device.LoraTerm.LowRank;
import org.dlora.device.LoraTerm.Replacement;
import org.dlora.device.LoraTerm.Shift;
import org.dlora.device.cpu.Kernels.Rows;

/**
 * The terms of the groups of a step. Where the kernels can, groups of plain low-rank terms are
 * {@link FusedTerms}; the rest is done in two phases: first every shrink A·x, then every expand
 * into y. A phase is cut into units that can be computed in any order: some panels of a term for
 * the rows of its group, one after another where terms have outputs in common. A unit costs its own
 * rank; nothing is padded to the rank of another group.
 */
final class Lora {
    /** Rows of a unit at most. */
    private static final int ROWS = 64;

    /** Panels of B or of a replacement in a unit; a multiple of every kernel's tile. */
    private static final int PANELS = 16;

    /** A unit of fewer rows has as many more panels of B, where there are many groups. */
    private static final int FEW = 4;

    /** Groups for each member from which on units can be larger without being too few. */
    private static final int MANY = 4;

    private interface IntBiConsumer {
        void accept(int from, int to);
    }

    private interface Unit {
        void run(Scratch scratch);
    }

    private final LinearKernels linear;
    private final int lanes;
    private final CpuActivations x;
    private final CpuActivations y;
    private final Expansion expansion;
    private final Scratch memory;
    private final Optional<FusedTerms> fused;
    private final List<Unit> shrinks = new ArrayList<>();
    private final List<Unit> expands = new ArrayList<>();
    private final boolean many;
    private long cost;

    /**
     * @param memory holds A·x between the phases
     * @param known gets what is fused
     * @param members who share the work
     */
    Lora(
            Kernels kernels,
            LinearKernels linear,
            List<LoraGroup> groups,
            CpuActivations x,
            CpuActivations y,
            Scratch memory,
            KnownTerms known,
            int members) {
        this.linear = linear;
        this.lanes = kernels.lanes();
        this.x = x;
        this.y = y;
        this.memory = memory;
        expansion = new Expansion(kernels, linear, y);
        var kernel = linear.lora();
        var forKernel = new ArrayList<LoraGroup>();
        var rest = new ArrayList<LoraGroup>();
        for (LoraGroup group : groups) {
            LoraArguments.group(group, Math.min(x.rows(), y.rows()));
            group.terms().forEach(term -> check(term, group.rows()));
            (kernel.isPresent() && kernel.get().isFor(group) ? forKernel : rest).add(group);
        }
        fused =
                kernel.filter(_ -> !forKernel.isEmpty())
                        .map(k -> known.add(k, forKernel, x, y, members));
        many = rest.size() >= MANY * members;
        memory.atLeast(rest.stream().mapToLong(Lora::shrunkBytes).sum());
        long offset = 0;
        for (LoraGroup group : rest) {
            cut(group, offset);
            offset += shrunkBytes(group);
        }
    }

    private void check(LoraTerm term, int rows) {
        switch (term) {
            case LowRank t -> {
                LoraArguments.lowRank(t, x.width(), y.width());
                cost += (long) rows * t.a().rows() * (t.a().columns() + t.b().rows());
            }
            case Shift t -> {
                LoraArguments.shift(t, y.width());
                cost += (long) rows * t.vector().size();
            }
            case Affine t -> {
                LoraArguments.affine(t, y.width());
                cost += 2L * rows * t.gain().size();
            }
            case Replacement t -> {
                Arguments.width(x, "x", t.weight().columns());
                Arguments.width(y, "y", t.weight().rows());
                cost += (long) rows * t.weight().rows() * t.weight().columns();
            }
        }
    }

    private static long shrunkBytes(LoraGroup group) {
        long bytes = 0;
        for (LoraTerm term : group.terms()) {
            bytes += term instanceof LowRank t ? group.rows() * shrunkStride(t) : 0;
        }
        return bytes;
    }

    /** Bytes of a row of A·x, with room for whole panels. */
    private static long shrunkStride(LowRank term) {
        var a = Arguments.matrix(term.a());
        return 4L * a.panels() * a.lanes();
    }

    private void cut(LoraGroup group, long offset) {
        var shrunk = new ArrayList<Rows>();
        for (LoraTerm term : group.terms()) {
            long stride = term instanceof LowRank t ? shrunkStride(t) : 0;
            shrunk.add(new Rows(memory.segment(), offset, stride));
            offset += group.rows() * stride;
        }
        boolean apart = !LoraArguments.overlap(group.terms());
        for (int row = 0; row < group.rows(); row += ROWS) {
            var units = new ArrayList<List<Unit>>();
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

    private void addRuns(List<LoraTerm> terms, List<List<Unit>> units) {
        for (var run : LoraArguments.runs(terms)) {
            add(run.stream().map(terms::get).toList(), run.stream().map(units::get).toList());
        }
    }

    /** Terms that follow one another: output by output where they have the same, else as wholes. */
    private void add(List<LoraTerm> terms, List<List<Unit>> units) {
        if (terms.size() == 1) {
            expands.addAll(units.getFirst());
        } else if (LoraArguments.alike(terms)) {
            for (int i = 0; i < units.getFirst().size(); i++) {
                int at = i;
                expands.add(scratch -> units.forEach(term -> term.get(at).run(scratch)));
            }
        } else {
            expands.add(scratch -> units.forEach(term -> term.forEach(unit -> unit.run(scratch))));
        }
    }

    /** The expand of a term, cut at the same outputs whatever the term. */
    private List<Unit> cut(LoraTerm term, Rows shrunk, int first, int rows) {
        var units = new ArrayList<Unit>();
        int panels = many ? PANELS * Math.ceilDiv(FEW, rows) : PANELS;
        switch (term) {
            case LowRank t -> {
                shrink(Arguments.matrix(t.a()), first, rows, shrunk);
                for (Panels some : Arguments.matrix(t.b()).cut(panels)) {
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
                for (Panels some : Arguments.matrix(t.weight()).cut(PANELS)) {
                    var in = x.rowsFrom(first, 0);
                    var out = y.rowsFrom(first, 0);
                    units.add(_ -> linear.linear(some, in, out, rows, null));
                }
            }
        }
        return units;
    }

    private void cut(int outputs, int panels, List<Unit> units, IntBiConsumer apply) {
        for (int from = 0; from < outputs; from += panels * lanes) {
            int first = from;
            int end = Math.min(from + panels * lanes, outputs);
            units.add(_ -> apply.accept(first, end));
        }
    }

    private void shrink(PanelMatrix a, int first, int rows, Rows shrunk) {
        for (Panels some : a.cut(linear.panelTile())) {
            shrinks.add(_ -> linear.linear(some, x.rowsFrom(first, 0), shrunk, rows, null));
        }
    }

    /** Does it all, the team sharing the units of each phase. */
    void run(Team team, Scratch[] scratches, long alone) {
        fused.ifPresent(terms -> run(terms, x, y, team, alone));
        int members = cost < alone ? 1 : team.size();
        run(team, shrinks, members, scratches);
        run(team, expands, members, scratches);
    }

    /** Does what is fused. */
    static void run(FusedTerms terms, CpuActivations x, CpuActivations y, Team team, long alone) {
        team.claim(
                terms.units(),
                terms.multiplyAdds() < alone ? 1 : team.size(),
                (_, unit) -> terms.run(unit, x, y));
    }

    private static void run(Team team, List<Unit> units, int members, Scratch[] scratches) {
        team.claim(units.size(), members, (member, unit) -> units.get(unit).run(scratches[member]));
    }
}
