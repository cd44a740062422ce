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
import org.dlora.device.cpu.memory.CpuActivations;
import org.dlora.device.cpu.memory.FloatRows;
import org.dlora.device.cpu.memory.Scratch;

/**
 * {@link LoraUnits} for an embedding, where the shrink of a token is its column of A. A unit is a
 * few rows of a group with all of its terms.
 */
final class EmbeddingLoraUnits {
    private static final int ROWS = 16;

    /**
     * @param offset of its A·x in memory
     */
    private record RowUnit(int firstRow, int rows, List<LoraTerm> terms, long offset) {

        long bytes() {
            return rows * stride();
        }

        /** Bytes of a row of A·x, with room for the whole panels of any of its terms. */
        long stride() {
            long stride = 0;
            for (LoraTerm term : terms) {
                stride = term instanceof LowRank t ? Math.max(stride, stride(t)) : stride;
            }
            return stride;
        }

        private static long stride(LowRank term) {
            var a = PanelMatrix.of(term.a());
            return 4L * a.panels() * a.lanes();
        }
    }

    private final Expansion expansion;
    private final int[] tokens;
    private final CpuActivations out;
    private final Scratch memory;
    private final List<RowUnit> units = new ArrayList<>();
    private long cost;

    EmbeddingLoraUnits(
            Kernels kernels,
            LinearKernels linear,
            List<LoraGroup> groups,
            int[] tokens,
            CpuActivations out,
            Scratch memory) {
        expansion = new Expansion(kernels, linear, out);
        this.tokens = tokens;
        this.out = out;
        this.memory = memory;
        long offset = 0;
        for (LoraGroup group : groups) {
            TermArguments.group(group, Math.min(tokens.length, out.rows()));
            for (LoraTerm term : group.terms()) {
                cost += cost(term, group);
            }
            for (int row = 0; row < group.rows(); row += ROWS) {
                int rows = Math.min(ROWS, group.rows() - row);
                units.add(new RowUnit(group.firstRow() + row, rows, group.terms(), offset));
                offset += units.getLast().bytes();
            }
        }
        memory.atLeast(offset);
    }

    private long cost(LoraTerm term, LoraGroup group) {
        TermArguments.embedding(term, group, tokens, out);
        return switch (term) {
            case LowRank t -> (long) group.rows() * t.b().rows() * t.b().columns();
            case Replacement t -> (long) group.rows() * t.weight().columns();
            case Shift _, Affine _ -> 0;
        };
    }

    int units() {
        return units.size();
    }

    /** Multiply-adds of all units. */
    long cost() {
        return cost;
    }

    void run(int index, Scratch scratch) {
        RowUnit unit = units.get(index);
        for (LoraTerm term : unit.terms()) {
            run(term, unit, scratch);
        }
    }

    private void run(LoraTerm term, RowUnit unit, Scratch scratch) {
        int first = unit.firstRow();
        int rows = unit.rows();
        switch (term) {
            case LowRank t -> {
                var a = PanelMatrix.of(t.a());
                var shrunk = new FloatRows(memory.segment(), unit.offset(), unit.stride());
                for (int row = 0; row < rows; row++) {
                    a.copyColumn(tokens[first + row], memory.segment(), shrunk.row(row));
                }
                var b = PanelMatrix.of(t.b());
                expansion.apply(t, b.panels(0, b.panels()), shrunk, first, rows, scratch);
            }
            case Shift t -> expansion.apply(t, 0, t.vector().size(), first, rows);
            case Affine t -> expansion.apply(t, 0, t.gain().size(), first, rows);
            case Replacement t -> {
                var table = PanelMatrix.of(t.weight());
                for (int row = first; row < first + rows; row++) {
                    table.copyRow(tokens[row], out.segment(), out.offset(row));
                }
            }
        }
    }
}
