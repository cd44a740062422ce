package org.dlora.device.cuda.operations;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;

import java.util.Comparator;
import java.util.List;
import org.dlora.device.LoraTerm.LowRank;
import org.dlora.device.MergeLoss;
import org.dlora.device.WeightMatrix;
import org.dlora.device.WeightUpdate;
import org.dlora.device.arguments.MergeArguments;
import org.dlora.device.cuda.driver.Stream;
import org.dlora.device.cuda.kernels.CudaMergeKernels;
import org.dlora.device.cuda.kernels.CudaMergeKernels.Weights;
import org.dlora.device.cuda.memory.CudaMatrix;
import org.dlora.device.cuda.memory.ParkedMatrix;

/**
 * Merges of slices: a launch for each term that has rows there, and copies of the rows between.
 * Rows of parked matrices are {@linkplain StagedRows staged}, so the same kernels compute the same
 * bits.
 */
final class CudaMerges implements AutoCloseable {
    private final CudaMergeKernels kernels;
    private final Stream stream;
    private final CudaScratch losses;
    private final HostBuffer host;
    private final StagedRows staged;

    CudaMerges(CudaMergeKernels kernels, Stream stream) {
        this.kernels = kernels;
        this.stream = stream;
        this.losses = new CudaScratch(stream);
        this.host = new HostBuffer(stream.context());
        this.staged = new StagedRows(stream);
    }

    private static Weights weights(CudaMatrix w) {
        return new Weights(w.isBf16(), w.address(), 0, w.stride(), w.columns());
    }

    private static Weights weights(ParkedMatrix w, int firstRow, long staged) {
        return new Weights(w.isBf16(), staged, firstRow, w.stride(), w.columns());
    }

    void merge(WeightUpdate update, int fromRow, int toRow, WeightMatrix live) {
        MergeArguments.live(update, live);
        MergeArguments.slice(update, fromRow, toRow);
        if (update.pristine() instanceof ParkedMatrix parked) {
            staged.finish(() -> merge(update, parked, fromRow, toRow, live));
        } else {
            var w = CudaMatrix.of(update.pristine());
            merge(update, weights(w), fromRow, toRow, CudaMatrix.of(live).address());
        }
    }

    private void merge(
            WeightUpdate update, ParkedMatrix w, int fromRow, int toRow, WeightMatrix live) {
        if (live instanceof ParkedMatrix to) {
            staged.forEach(
                    w,
                    fromRow,
                    toRow,
                    (from, end, address) -> {
                        long merged = staged.results(w, from, end);
                        merge(update, weights(w, from, address), from, end, merged);
                        stream.download(merged, to.rows(from, end));
                    });
        } else if (update.terms().isEmpty()) {
            stream.upload(w.rows(fromRow, toRow), CudaMatrix.of(live).address(fromRow));
        } else {
            var to = CudaMatrix.of(live);
            staged.forEach(
                    w,
                    fromRow,
                    toRow,
                    (from, end, address) ->
                            merge(update, weights(w, from, address), from, end, to.address(from)));
        }
    }

    /**
     * @param live address of row {@code w.firstRow()}
     */
    private void merge(WeightUpdate update, Weights w, int fromRow, int toRow, long live) {
        if (update.embedding()) {
            var term = TermStructures.of(update.terms().getFirst(), 0, 0);
            kernels.merge(w, live, fromRow, toRow, term, true);
            return;
        }
        int next = fromRow;
        for (LowRank term : inOrder(update)) {
            int from = Math.clamp(term.firstOutput(), next, toRow);
            int end = Math.clamp(term.firstOutput() + term.b().rows(), from, toRow);
            copy(w, live, next, from);
            if (from < end) {
                var structure = TermStructures.of(term, 0, 0);
                kernels.merge(w, live, from, end, structure, false);
            }
            next = end;
        }
        copy(w, live, next, toRow);
    }

    private static List<LowRank> inOrder(WeightUpdate update) {
        return update.terms().stream()
                .sorted(Comparator.comparingInt(LowRank::firstOutput))
                .toList();
    }

    private void copy(Weights from, long to, int row, int end) {
        long first = (row - from.firstRow()) * from.rowBytes();
        stream.copy(from.address() + first, to + first, (end - row) * from.rowBytes());
    }

    MergeLoss loss(WeightUpdate update, int fromRow, int toRow) {
        MergeArguments.slice(update, fromRow, toRow);
        if (update.pristine() instanceof ParkedMatrix w) {
            var parts = new MergeLoss[] {MergeLoss.NONE};
            staged.finish(() ->
                    staged.forEach(
                            w,
                            fromRow,
                            toRow,
                            (from, end, address) ->
                                    parts[0] =
                                            parts[0].plus(
                                                    loss(
                                                            update,
                                                            weights(w, from, address),
                                                            from,
                                                            end))));
            return parts[0];
        }
        return loss(update, weights(CudaMatrix.of(update.pristine())), fromRow, toRow);
    }

    private MergeLoss loss(WeightUpdate update, Weights w, int fromRow, int toRow) {
        var loss = MergeLoss.NONE;
        int rows = update.pristine().rows();
        for (LowRank term : inOrder(update)) {
            int first = update.embedding() ? 0 : term.firstOutput();
            int end = update.embedding() ? rows : first + term.b().rows();
            int from = Math.clamp(first, fromRow, toRow);
            loss = loss.plus(loss(update, w, term, from, Math.clamp(end, from, toRow)));
        }
        return loss;
    }

    private MergeLoss loss(WeightUpdate update, Weights w, LowRank term, int from, int to) {
        int count = CudaMergeKernels.losses(w, from, to);
        if (count == 0) {
            return MergeLoss.NONE;
        }
        long parts = losses.atLeast(16L * count);
        kernels.loss(w, from, to, TermStructures.of(term, 0, 0), update.embedding(), parts);
        var copies = host.of(16L * count);
        stream.download(parts, copies);
        stream.await();
        var loss = MergeLoss.NONE;
        // In the order of the parts, so that the sum is always the same.
        for (int i = 0; i < count; i++) {
            loss =
                    loss.plus(
                            new MergeLoss(
                                    copies.getAtIndex(JAVA_DOUBLE, 2L * i),
                                    copies.getAtIndex(JAVA_DOUBLE, 2L * i + 1)));
        }
        return loss;
    }

    @Override
    public void close() {
        staged.close();
        losses.close();
        host.close();
    }
}
