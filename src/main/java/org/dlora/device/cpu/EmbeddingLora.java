package org.dlora.device.cpu;

import java.util.ArrayList;
import java.util.List;
import org.dlora.device.LoraGroup;
import org.dlora.device.LoraTerm;
import org.dlora.device.LoraTerm.LowRank;
import org.dlora.device.LoraTerm.Replacement;
import org.dlora.device.LoraTerm.Shift;

/**
 * {@link Lora} for an embedding, where the shrink of a token is its column of A. A unit is a few
 * rows of a group with all of its terms.
 */
final class EmbeddingLora {
    private static final int ROWS = 16;

    private record Unit(int firstRow, int rows, List<LoraTerm> terms) {}

    private final Kernels kernels;
    private final int[] tokens;
    private final CpuActivations out;
    private final List<Unit> units = new ArrayList<>();
    private long cost;

    EmbeddingLora(Kernels kernels, List<LoraGroup> groups, int[] tokens, CpuActivations out) {
        this.kernels = kernels;
        this.tokens = tokens;
        this.out = out;
        for (LoraGroup group : groups) {
            LoraArguments.group(group, Math.min(tokens.length, out.rows()));
            for (LoraTerm term : group.terms()) {
                check(term, group);
            }
            for (int row = 0; row < group.rows(); row += ROWS) {
                int rows = Math.min(ROWS, group.rows() - row);
                units.add(new Unit(group.firstRow() + row, rows, group.terms()));
            }
        }
    }

    private void check(LoraTerm term, LoraGroup group) {
        int vocabulary = Integer.MAX_VALUE;
        switch (term) {
            case LowRank t -> {
                vocabulary = t.a().columns();
                LoraArguments.lowRank(t, vocabulary, out.width());
                cost += (long) group.rows() * t.b().rows() * t.b().columns();
            }
            case Shift t -> LoraArguments.shift(t, out.width());
            case Replacement t -> {
                vocabulary = Arguments.matrix(t.weight()).rows();
                Arguments.width(out, "embedding output", t.weight().columns());
                cost += (long) group.rows() * t.weight().columns();
            }
        }
        for (int row = group.firstRow(); row < group.firstRow() + group.rows(); row++) {
            Arguments.index("token", tokens[row], vocabulary);
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
        Unit unit = units.get(index);
        for (LoraTerm term : unit.terms()) {
            run(term, unit.firstRow(), unit.rows(), scratch);
        }
    }

    private void run(LoraTerm term, int first, int rows, Scratch scratch) {
        switch (term) {
            case LowRank t -> {
                var a = Arguments.matrix(t.a());
                var expansion = new Expansion(kernels, t, rows, scratch);
                var shrunk = expansion.shrunk();
                for (int row = 0; row < rows; row++) {
                    a.copyColumn(tokens[first + row], shrunk.segment(), shrunk.row(row));
                }
                expansion.apply(out, first);
            }
            case Shift t -> Expansion.shift(kernels, t, out, first, rows);
            case Replacement t -> {
                var table = Arguments.matrix(t.weight());
                for (int row = first; row < first + rows; row++) {
                    table.copyRow(tokens[row], out.segment(), out.offset(row));
                }
            }
        }
    }
}
