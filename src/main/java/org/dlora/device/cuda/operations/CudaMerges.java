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

/** Merges of slices: a launch for each term that has rows there, and copies of the rows between. */
final class CudaMerges implements AutoCloseable {
    private final CudaMergeKernels kernels;
    private final Stream stream;
    private final CudaScratch losses;
    private final HostBuffer host;

    CudaMerges(CudaMergeKernels kernels, Stream stream) {
        this.kernels = kernels;
        this.stream = stream;
        this.losses = new CudaScratch(stream);
        this.host = new HostBuffer(stream.context());
    }

    private static Weights weights(CudaMatrix w) {
        return new Weights(w.isBf16(), w.address(), w.stride(), w.columns());
    }

    void merge(WeightUpdate update, int fromRow, int toRow, WeightMatrix live) {
        var w = CudaMatrix.of(update.pristine());
        var to = CudaMatrix.of(live);
        MergeArguments.live(update, live);
        MergeArguments.slice(update, fromRow, toRow);
        if (update.embedding()) {
            var term = TermStructures.of(update.terms().getFirst(), 0, 0);
            kernels.merge(weights(w), to.address(), fromRow, toRow, term, true);
            return;
        }
        int next = fromRow;
        for (LowRank term : inOrder(update)) {
            int from = Math.clamp(term.firstOutput(), next, toRow);
            int end = Math.clamp(term.firstOutput() + term.b().rows(), from, toRow);
            copy(w, to, next, from);
            if (from < end) {
                var structure = TermStructures.of(term, 0, 0);
                kernels.merge(weights(w), to.address(), from, end, structure, false);
            }
            next = end;
        }
        copy(w, to, next, toRow);
    }

    private static List<LowRank> inOrder(WeightUpdate update) {
        return update.terms().stream()
                .sorted(Comparator.comparingInt(LowRank::firstOutput))
                .toList();
    }

    private void copy(CudaMatrix from, CudaMatrix to, int row, int end) {
        long bytes = from.address(end) - from.address(row);
        stream.copy(from.address(row), to.address(row), bytes);
    }

    MergeLoss loss(WeightUpdate update, int fromRow, int toRow) {
        MergeArguments.slice(update, fromRow, toRow);
        var loss = MergeLoss.NONE;
        int rows = CudaMatrix.of(update.pristine()).rows();
        for (LowRank term : inOrder(update)) {
            int first = update.embedding() ? 0 : term.firstOutput();
            int end = update.embedding() ? rows : first + term.b().rows();
            int from = Math.clamp(first, fromRow, toRow);
            loss = loss.plus(loss(update, term, from, Math.clamp(end, from, toRow)));
        }
        return loss;
    }

    private MergeLoss loss(WeightUpdate update, LowRank term, int from, int to) {
        var w = weights(CudaMatrix.of(update.pristine()));
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
        losses.close();
        host.close();
    }
}
