package org.dlora.device.cpu;

import java.util.ArrayList;
import java.util.List;
import org.dlora.device.LoraGroup;
import org.dlora.device.LoraTerm;
import org.dlora.device.LoraTerm.LowRank;
import org.dlora.device.LoraTerm.Replacement;
import org.dlora.device.LoraTerm.Shift;
import org.dlora.device.cpu.Kernels.Rows;

/**
 * The terms of the groups of a step, cut into units that can be computed in any order: a few rows
 * of a group with one of its terms, or with all of them in their order if their outputs overlap; of
 * a replacement, some of its panels. A unit costs its own rank; nothing is padded to the rank of
 * another group.
 */
final class Lora {
    private static final int ROWS = 16;

    /** Panels of a replacement in a unit; a multiple of every kernel's tile. */
    private static final int PANELS = 16;

    private interface Unit {
        void run(Scratch scratch);
    }

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
            LoraArguments.group(group, Math.min(x.rows(), y.rows()));
            group.terms().forEach(term -> check(term, group.rows()));
            cut(group);
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
            case Replacement t -> {
                Arguments.width(x, "x", t.weight().columns());
                Arguments.width(y, "y", t.weight().rows());
                cost += (long) rows * t.weight().rows() * t.weight().columns();
            }
        }
    }

    private void cut(LoraGroup group) {
        boolean overlap = LoraArguments.overlap(group.terms());
        for (int row = 0; row < group.rows(); row += ROWS) {
            int first = group.firstRow() + row;
            int rows = Math.min(ROWS, group.rows() - row);
            if (overlap) {
                units.add(scratch -> group.terms().forEach(t -> run(t, first, rows, scratch)));
            } else if (group.terms().size() == 1
                    && group.terms().getFirst() instanceof Replacement replacement) {
                cut(Arguments.matrix(replacement.weight()), first, rows);
            } else {
                for (LoraTerm term : group.terms()) {
                    units.add(scratch -> run(term, first, rows, scratch));
                }
            }
        }
    }

    private void cut(PanelMatrix weight, int first, int rows) {
        for (int panel = 0; panel < weight.panels(); panel += PANELS) {
            int from = panel;
            int to = Math.min(panel + PANELS, weight.panels());
            units.add(_ -> kernels.linear(weight, from, to, rows(x, first), rows(y, first), rows));
        }
    }

    int units() {
        return units.size();
    }

    /** Multiply-adds of all units. */
    long cost() {
        return cost;
    }

    void run(int index, Scratch scratch) {
        units.get(index).run(scratch);
    }

    private void run(LoraTerm term, int first, int rows, Scratch scratch) {
        switch (term) {
            case LowRank t -> {
                var a = Arguments.matrix(t.a());
                var expansion = new Expansion(kernels, t, rows, scratch);
                kernels.linear(a, 0, a.panels(), rows(x, first), expansion.shrunk(), rows);
                expansion.apply(y, first);
            }
            case Shift t -> Expansion.shift(kernels, t, y, first, rows);
            case Replacement _ -> throw new IllegalStateException("cut into panels");
        }
    }

    private static Rows rows(CpuActivations buffer, int first) {
        return new Rows(buffer.segment(), buffer.offset(first), buffer.stride());
    }
}
