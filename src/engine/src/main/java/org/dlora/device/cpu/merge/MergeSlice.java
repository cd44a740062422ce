package org.dlora.device.cpu.merge;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.MemorySegment;
import java.util.List;
import org.dlora.device.LoraTerm.LowRank;
import org.dlora.device.MergeLoss;
import org.dlora.device.cpu.kernels.Kernels;
import org.dlora.device.cpu.kernels.PanelMerge;
import org.dlora.device.cpu.kernels.ScalarMerge;
import org.dlora.device.cpu.matrix.PanelMatrix;
import org.dlora.device.cpu.memory.Bfloat16;
import org.dlora.device.cpu.memory.CpuVector;
import org.dlora.device.cpu.memory.FloatRows;
import org.dlora.device.cpu.memory.Scratch;
import org.dlora.tensor.DType;

/**
 * Merges tiles of some rows of a matrix. A tile is computed in blocks of columns: the products of a
 * block, in the layout of panels, are added to the weights while they are in the L1 cache.
 */
final class MergeSlice implements AutoCloseable {
    /** Columns of a block; even. */
    private static final int BLOCK = 64;

    private final PanelMatrix w;
    private final List<MergeFactors> terms;
    private final List<LowRank> elsewhere;
    private final Kernels kernels;
    private final int lanes;

    /**
     * @param elsewhere terms of whole panels, which others write
     */
    MergeSlice(PanelMatrix w, List<MergeFactors> terms, List<LowRank> elsewhere, Kernels kernels) {
        this.w = w;
        this.terms = terms;
        this.elsewhere = elsewhere;
        this.kernels = kernels;
        this.lanes = w.lanes();
    }

    /** Writes a tile of {@code live}. */
    void merge(PanelMatrix live, MergeTile tile, Scratch scratch) {
        for (int panel = tile.fromPanel(); panel < tile.toPanel(); panel++) {
            if (!isWritten(panel * lanes)) {
                copy(live, panel, tile.fromColumn(), tile.toColumn());
            }
        }
        for (var term : terms) {
            int from = Math.max(tile.fromPanel() * lanes, term.firstRow());
            int to = Math.min(tile.toPanel() * lanes, term.endRow());
            if (from >= to) {
                continue;
            }
            for (int column = tile.fromColumn(); column < tile.toColumn(); column += BLOCK) {
                int end = Math.min(column + BLOCK, tile.toColumn());
                FloatRows delta = products(term, from, to, column, end, scratch);
                for (int panel = from / lanes; panel * lanes < to; panel++) {
                    if (coversPanel(term, panel * lanes) && !term.gainOfColumns()) {
                        mergePanel(live, panel, column, end, term, delta);
                    } else {
                        int firstRow = Math.max(from, panel * lanes);
                        int endRow = Math.min(to, (panel + 1) * lanes);
                        mergeRows(live, firstRow, endRow, column, end, term, delta);
                    }
                }
            }
        }
    }

    /** Returns whether a term writes all rows of the panel from row {@code first} on. */
    private boolean isWritten(int first) {
        for (var term : terms) {
            if (coversPanel(term, first)) {
                return true;
            }
        }
        for (var term : elsewhere) {
            int row = first - term.firstOutput();
            if (row >= 0 && row < term.b().rows()) {
                return true;
            }
        }
        return false;
    }

    /**
     * Returns whether all rows of the panel from row {@code first} on are rows of {@code term}, and
     * lie in one of its panels.
     */
    private boolean coversPanel(MergeFactors term, int first) {
        return (first - term.firstRow()) % lanes == 0
                && first >= term.firstRow()
                && first + lanes <= term.endRow();
    }

    private void copy(PanelMatrix live, int panel, int fromColumn, int toColumn) {
        int end = w.dtype() == DType.F32 ? toColumn : toColumn + 1; // The half of a pair counts.
        long from = panel * w.panelBytes() + w.columnOffset(fromColumn);
        long bytes = w.columnOffset(end) - w.columnOffset(fromColumn);
        MemorySegment.copy(w.segment(), from, live.segment(), from, bytes);
    }

    /**
     * The change of the rows {@code fromRow .. toRow}, not scaled: row j of the result has that of
     * column {@code fromColumn + j}, row {@code c} of the matrix at {@link #column} c.
     */
    private FloatRows products(
            MergeFactors term,
            int fromRow,
            int toRow,
            int fromColumn,
            int toColumn,
            Scratch scratch) {
        int from = (fromRow - term.firstRow()) / lanes;
        int to = Math.ceilDiv(toRow - term.firstRow(), lanes);
        long stride = 4L * (to - from) * lanes;
        var memory = scratch.atLeast(BLOCK * stride);
        // Column 0 of the products lies before the buffer, so that the panels at hand fill it.
        var products = new FloatRows(memory, -4L * from * lanes, stride);
        term.linear()
                .linear(
                        term.panels().panels(from, to),
                        term.x().from(fromColumn),
                        products,
                        toColumn - fromColumn,
                        null);
        return products;
    }

    /** Returns the place of the change of a matrix's row in a row of products. */
    private static long column(MergeFactors term, int row) {
        return 4L * (row - term.firstRow());
    }

    private void mergePanel(
            PanelMatrix live,
            int panel,
            int fromColumn,
            int toColumn,
            MergeFactors term,
            FloatRows delta) {
        long first = column(term, panel * lanes);
        kernels.merge(
                new PanelMerge(
                        w,
                        live,
                        panel,
                        fromColumn,
                        toColumn,
                        new FloatRows(delta.segment(), delta.offset() + first, delta.stride()),
                        term.scale(),
                        term.gain().map(CpuVector::segment).orElse(null),
                        first));
    }

    private void mergeRows(
            PanelMatrix live,
            int fromRow,
            int toRow,
            int fromColumn,
            int toColumn,
            MergeFactors term,
            FloatRows delta) {
        for (int row = fromRow; row < toRow; row++) {
            for (int column = fromColumn; column < toColumn; column++) {
                float change = change(term, delta, row, column - fromColumn);
                float gain = gain(term, row, column);
                float merged = ScalarMerge.merged(w.get(row, column), change, term.scale(), gain);
                live.set(row, column, merged);
            }
        }
    }

    private static float change(MergeFactors term, FloatRows delta, int row, int index) {
        return delta.segment().get(JAVA_FLOAT, delta.row(index) + column(term, row));
    }

    private static float gain(MergeFactors term, int row, int column) {
        if (term.gain().isEmpty()) {
            return 1;
        }
        int at = term.gainOfColumns() ? column : row - term.firstRow();
        return term.gain().get().segment().getAtIndex(JAVA_FLOAT, at);
    }

    /** Returns the loss of a tile's merge, summed in the order of its elements. */
    MergeLoss loss(MergeTile tile, Scratch scratch) {
        double lost = 0;
        double whole = 0;
        for (var term : terms) {
            int from = Math.max(tile.fromPanel() * lanes, term.firstRow());
            int to = Math.min(tile.toPanel() * lanes, term.endRow());
            for (int start = tile.fromColumn();
                    from < to && start < tile.toColumn();
                    start += BLOCK) {
                int end = Math.min(start + BLOCK, tile.toColumn());
                FloatRows delta = products(term, from, to, start, end, scratch);
                for (int row = from; row < to; row++) {
                    for (int column = start; column < end; column++) {
                        float weight = w.get(row, column);
                        float product = change(term, delta, row, column - start);
                        float gain = gain(term, row, column);
                        double exact = gain * (weight + (double) term.scale() * product);
                        float merged = ScalarMerge.merged(weight, product, term.scale(), gain);
                        double error = stored(merged) - exact;
                        lost += error * error;
                        whole += (exact - weight) * (exact - weight);
                    }
                }
            }
        }
        return new MergeLoss(whole, lost);
    }

    private float stored(float value) {
        return w.dtype() == DType.F32 ? value : Bfloat16.widen(Bfloat16.round(value));
    }

    @Override
    public void close() {
        terms.stream().filter(MergeFactors::owned).forEach(term -> term.panels().close());
    }
}
