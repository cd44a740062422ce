package org.dlora.device.cpu;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.dlora.device.LoraGroup;
import org.dlora.device.LoraTerm;
import org.dlora.device.cpu.Kernels.Rows;

/**
 * The low-rank terms of the groups of a step, cut into units that can be computed in any order: a
 * few rows of a group with one of its terms, or with all of them in their order if their outputs
 * overlap. A unit costs its own rank; nothing is padded to the rank of another group.
 */
final class Lora {
    private static final int ROWS = 16;

    /**
     * Panels of B whose outputs are computed before they are added to y, so that they stay in the
     * L1 cache.
     */
    private static final int PANELS = 8;

    private record Unit(int firstRow, int rows, List<LoraTerm> terms) {}

    private final Kernels kernels;
    private final CpuActivations x;
    private final CpuActivations y;
    private final List<Unit> units = new ArrayList<>();
    private long cost;

    Lora(Kernels kernels, List<LoraGroup> groups, CpuActivations x, CpuActivations y) {
        this.kernels = kernels;
        this.x = x;
        this.y = y;
        for (LoraGroup group : groups) {
            if (group.rows() < 0
                    || group.firstRow() < 0
                    || group.firstRow() + group.rows() > Math.min(x.rows(), y.rows())) {
                throw new IllegalArgumentException(
                        "LoRA group of rows %d to %d: x has %d rows, y has %d"
                                .formatted(
                                        group.firstRow(),
                                        group.firstRow() + group.rows(),
                                        x.rows(),
                                        y.rows()));
            }
            group.terms().forEach(this::check);
            cut(group);
        }
    }

    private void check(LoraTerm term) {
        var a = Arguments.matrix(term.a());
        var b = Arguments.matrix(term.b());
        if (a.columns() != x.width()
                || b.columns() != a.rows()
                || term.firstOutput() < 0
                || term.firstOutput() + b.rows() > y.width()) {
            throw new IllegalArgumentException(
                    "LoRA term A [%d, %d], B [%d, %d] at output %d does not fit x of width %d and y of width %d"
                            .formatted(
                                    a.rows(),
                                    a.columns(),
                                    b.rows(),
                                    b.columns(),
                                    term.firstOutput(),
                                    x.width(),
                                    y.width()));
        }
    }

    private void cut(LoraGroup group) {
        boolean overlap = overlap(group.terms());
        for (int row = 0; row < group.rows(); row += ROWS) {
            int rows = Math.min(ROWS, group.rows() - row);
            if (overlap) {
                units.add(new Unit(group.firstRow() + row, rows, group.terms()));
            } else {
                for (LoraTerm term : group.terms()) {
                    units.add(new Unit(group.firstRow() + row, rows, List.of(term)));
                }
            }
        }
        for (LoraTerm term : group.terms()) {
            cost += (long) group.rows() * term.a().rows() * (term.a().columns() + term.b().rows());
        }
    }

    private static boolean overlap(List<LoraTerm> terms) {
        for (int i = 0; i < terms.size(); i++) {
            for (int j = 0; j < i; j++) {
                LoraTerm a = terms.get(i);
                LoraTerm b = terms.get(j);
                if (a.firstOutput() < b.firstOutput() + b.b().rows()
                        && b.firstOutput() < a.firstOutput() + a.b().rows()) {
                    return true;
                }
            }
        }
        return false;
    }

    int units() {
        return units.size();
    }

    /** Multiply-adds of all units. */
    long cost() {
        return cost;
    }

    void run(int index, Scratch scratch) {
        Unit unit = units.get(index);
        for (LoraTerm term : unit.terms()) {
            run(unit, Arguments.matrix(term.a()), Arguments.matrix(term.b()), term, scratch);
        }
    }

    private void run(Unit unit, PanelMatrix a, PanelMatrix b, LoraTerm term, Scratch scratch) {
        int lanes = kernels.lanes();
        long shrunkStride = 4L * a.panels() * lanes;
        long expandedStride = 4L * PANELS * lanes;
        long expandedOffset = unit.rows() * shrunkStride;
        MemorySegment memory = scratch.atLeast(expandedOffset + unit.rows() * expandedStride);
        var input = new Rows(x.segment(), x.offset(unit.firstRow()), x.stride());
        var shrunk = new Rows(memory, 0, shrunkStride);
        kernels.linear(a, 0, a.panels(), input, shrunk, unit.rows());
        for (int row = 0; row < unit.rows(); row++) {
            kernels.scale(memory, shrunk.row(row), a.rows(), term.scale());
        }
        for (int panel = 0; panel < b.panels(); panel += PANELS) {
            int end = Math.min(panel + PANELS, b.panels());
            // Column 0 of the expanded rows lies before the buffer, so that the panels at hand fill
            // it.
            var expanded = new Rows(memory, expandedOffset - 4L * panel * lanes, expandedStride);
            kernels.linear(b, panel, end, shrunk, expanded, unit.rows());
            int first = panel * lanes;
            int n = Math.min(end * lanes, b.rows()) - first;
            for (int row = 0; row < unit.rows(); row++) {
                long to = y.offset(unit.firstRow() + row) + 4L * (term.firstOutput() + first);
                kernels.add(memory, expanded.row(row) + 4L * first, y.segment(), to, n);
            }
        }
    }
}
