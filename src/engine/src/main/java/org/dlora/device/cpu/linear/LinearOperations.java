package org.dlora.device.cpu.linear;

import java.lang.foreign.MemorySegment;
import java.util.Optional;
import org.dlora.device.Activations;
import org.dlora.device.WeightMatrix;
import org.dlora.device.WeightVector;
import org.dlora.device.arguments.Arguments;
import org.dlora.device.cpu.matrix.PanelMatrix;
import org.dlora.device.cpu.matrix.Panels;
import org.dlora.device.cpu.memory.CpuActivations;
import org.dlora.device.cpu.memory.CpuVector;
import org.dlora.device.cpu.memory.FloatRows;
import org.dlora.device.cpu.memory.LoadAhead;
import org.dlora.device.cpu.memory.Scratch;
import org.dlora.device.cpu.threads.Workers;
import org.jspecify.annotations.Nullable;

/**
 * Products of rows with a matrix, cut for the workers by a {@link Grid}. Where several workers
 * multiply the same rows, each first rounds its part of them for all. One thread calls it.
 */
public final class LinearOperations implements AutoCloseable {
    /** Rows below which rounding them once for each worker costs less than a hand-off. */
    private static final int SHARED = 16;

    private final LinearKernels kernels;
    private final Workers workers;
    private final Scratch rounded = new Scratch();
    private final LoadAhead ahead;

    /**
     * @param ahead memory that the products load ahead
     */
    public LinearOperations(LinearKernels kernels, Workers workers, LoadAhead ahead) {
        this.kernels = kernels;
        this.workers = workers;
        this.ahead = ahead;
    }

    public void linear(
            WeightMatrix weight,
            Optional<WeightVector> bias,
            Activations x,
            int rows,
            Activations y) {
        var product = check(weight, bias, x, rows, y);
        Arguments.width(product.y(), "y", product.w().rows());
        multiply(product, product.w().panels(), kernels::linear);
    }

    /**
     * Computes {@code out = silu(gate)·up} at once.
     *
     * @return false if there is no kernel for this matrix; then nothing is done
     */
    public boolean gated(
            WeightMatrix weight,
            Optional<WeightVector> bias,
            Activations x,
            int rows,
            Activations out) {
        var w = PanelMatrix.of(weight);
        if (!kernels.isGated(w)) {
            return false;
        }
        var product = check(weight, bias, x, rows, out);
        Arguments.width(product.y(), "out", w.rows() / 2);
        multiply(product, w.panels() / 2, kernels::gated);
        return true;
    }

    /** A product, checked. */
    private record Product(
            PanelMatrix w,
            @Nullable CpuVector bias,
            CpuActivations x,
            int rows,
            CpuActivations y) {}

    /** A product of some rows and panels. */
    @FunctionalInterface
    private interface Kernel {
        void multiply(
                Panels w,
                FloatRows x,
                @Nullable MemorySegment rounded,
                FloatRows y,
                int rows,
                @Nullable CpuVector bias,
                @Nullable MemorySegment ahead);
    }

    private static Product check(
            WeightMatrix weight,
            Optional<WeightVector> bias,
            Activations x,
            int rows,
            Activations y) {
        PanelMatrix w = PanelMatrix.of(weight);
        CpuActivations in = CpuActivations.of(x);
        CpuActivations out = CpuActivations.of(y);
        Optional<CpuVector> b = bias.map(CpuVector::of);
        Arguments.rows(rows, in, out);
        Arguments.width(in, "x", w.columns());
        b.ifPresent(v ->
                Arguments.check(
                        v.size() == w.rows(),
                        () -> "bias of %d: expected %d".formatted(v.size(), w.rows())));
        return new Product(w, b.orElse(null), in, rows, out);
    }

    /** Multiplies by the first {@code panels} panels. */
    private void multiply(Product product, int panels, Kernel kernel) {
        var w = product.w();
        int rows = product.rows();
        long cost = (long) rows * w.rows() * w.columns();
        var grid = Grid.of(rows, workers.countFor(cost), kernels.rowsPerWorker());
        if (grid.panelParts() == 1) {
            var all = w.panels(0, panels);
            workers.pipeline(
                    rows,
                    cost,
                    (worker, from, to) -> multiply(product, kernel, all, null, from, to, worker));
            return;
        }
        int tile = kernels.panelTile();
        var rounded = grid.rowParts() == 1 ? rounded(product) : null;
        workers.forChunks(
                grid.parts(),
                cost,
                (worker, part, _) ->
                        multiply(
                                product,
                                kernel,
                                grid.panels(part, w, panels, tile),
                                rounded,
                                grid.firstRow(part, rows),
                                grid.endRow(part, rows),
                                worker));
    }

    private void multiply(
            Product product,
            Kernel kernel,
            Panels w,
            @Nullable MemorySegment rounded,
            int from,
            int to,
            int worker) {
        kernel.multiply(
                w,
                product.x().rowsFrom(from, 0),
                rounded,
                product.y().rowsFrom(from, 0),
                to - from,
                product.bias(),
                ahead.of(worker));
    }

    /** Returns the rounded rows; null if the products read float32, or there are few rows. */
    private @Nullable MemorySegment rounded(Product product) {
        long bytes =
                product.rows() < SHARED ? 0 : kernels.roundedBytes(product.w(), product.rows());
        if (bytes == 0) {
            return null;
        }
        var memory = rounded.atLeast(bytes);
        var x = product.x().rowsFrom(0, 0);
        workers.forRowChunks(
                product.rows(),
                product.w().columns(),
                (_, from, to) -> kernels.round(product.w(), x, from, to, memory));
        return memory;
    }

    @Override
    public void close() {
        rounded.close();
    }
}
