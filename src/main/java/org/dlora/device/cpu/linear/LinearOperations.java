package org.dlora.device.cpu.linear;

import static org.dlora.device.cpu.memory.Arguments.check;

import java.util.Optional;
import org.dlora.device.Activations;
import org.dlora.device.WeightMatrix;
import org.dlora.device.WeightVector;
import org.dlora.device.cpu.matrix.PanelMatrix;
import org.dlora.device.cpu.memory.Arguments;
import org.dlora.device.cpu.memory.CpuActivations;
import org.dlora.device.cpu.memory.CpuVector;
import org.dlora.device.cpu.threads.Workers;

/** Products of rows with a matrix, cut for the workers by a {@link Grid}. */
public final class LinearOperations {
    private final LinearKernels kernels;
    private final Workers workers;

    public LinearOperations(LinearKernels kernels, Workers workers) {
        this.kernels = kernels;
        this.workers = workers;
    }

    public void linear(
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
        Arguments.width(out, "y", w.rows());
        b.ifPresent(v ->
                check(
                        v.size() == w.rows(),
                        () -> "bias of %d: expected %d".formatted(v.size(), w.rows())));
        long cost = (long) rows * w.rows() * w.columns();
        var grid = Grid.of(rows, workers.countFor(cost), kernels.rowsPerWorker());
        int tile = kernels.panelTile();
        workers.forChunks(
                grid.parts(),
                cost,
                (_, part, _) -> {
                    int row = grid.firstRow(part, rows);
                    kernels.linear(
                            grid.panels(part, w, tile),
                            in.rowsFrom(row, 0),
                            out.rowsFrom(row, 0),
                            grid.endRow(part, rows) - row,
                            b.orElse(null));
                });
    }
}
