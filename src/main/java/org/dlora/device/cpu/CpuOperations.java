package org.dlora.device.cpu;

import static org.dlora.device.cpu.Arguments.buffer;
import static org.dlora.device.cpu.Arguments.check;

import java.util.Arrays;
import java.util.Optional;
import org.dlora.device.Activations;
import org.dlora.device.LoraBatch;
import org.dlora.device.MergeLoss;
import org.dlora.device.Operations;
import org.dlora.device.RaggedBatch;
import org.dlora.device.RowUse;
import org.dlora.device.Step;
import org.dlora.device.StepEpoch;
import org.dlora.device.WeightMatrix;
import org.dlora.device.WeightUpdate;
import org.dlora.device.WeightVector;
import org.jspecify.annotations.Nullable;

/**
 * One replica's compute on the CPU. Checks arguments, and cuts each operation for a {@link Team}.
 */
final class CpuOperations implements Operations {
    private final LinearKernels linear;
    private final Team team;
    private final Scratch[] scratches;
    private final Crew crew;
    private final RowOperations rows;
    private final AttentionOperations attention;
    private final LoraOperations loras;
    private final MergeOperations merges;
    private @Nullable CpuStep step;

    /**
     * @param account of the device
     */
    CpuOperations(KernelChoice choice, Team team, Account account) {
        this.linear = choice.linear();
        this.team = team;
        this.scratches = new Scratch[team.size()];
        Arrays.setAll(scratches, _ -> new Scratch());
        this.crew = new Crew(team, scratches);
        this.rows = new RowOperations(choice, crew);
        this.attention = new AttentionOperations(choice, crew);
        this.loras = new LoraOperations(choice, crew, account);
        this.merges = new MergeOperations(choice, crew);
    }

    @Override
    public Activations activations(int rows, int width) {
        return new CpuActivations(rows, width);
    }

    @Override
    public Step begin(RaggedBatch batch, int[] logitRows, LoraBatch lora, StepEpoch epoch) {
        if (step != null && step.isOpen()) {
            throw new IllegalStateException("The step before is still open");
        }
        var next = new CpuStep(batch, logitRows, lora, rows, attention, loras);
        step = next;
        return next;
    }

    @Override
    public void rmsNorm(Activations x, int count, WeightVector weight, float eps, Activations out) {
        rows.rmsNorm(x, count, weight, eps, out);
    }

    @Override
    public void addRmsNorm(
            Activations x,
            Activations residual,
            int count,
            WeightVector weight,
            float eps,
            Activations out) {
        rows.addRmsNorm(x, residual, count, weight, eps, out);
    }

    @Override
    public void linear(
            WeightMatrix weight,
            Optional<WeightVector> bias,
            Activations x,
            int rows,
            Activations y) {
        PanelMatrix w = Arguments.matrix(weight);
        CpuActivations in = buffer(x);
        CpuActivations out = buffer(y);
        Optional<CpuVector> b = bias.map(Arguments::vector);
        Arguments.rows(rows, in, out);
        Arguments.width(in, "x", w.columns());
        Arguments.width(out, "y", w.rows());
        b.ifPresent(v ->
                check(
                        v.size() == w.rows(),
                        () -> "bias of %d: expected %d".formatted(v.size(), w.rows())));
        var grid = Grid.of(rows, crew.members((long) rows * w.rows() * w.columns()));
        int tile = linear.panelTile();
        team.split(
                grid.parts(),
                grid.parts(),
                (_, part, _) -> {
                    int row = grid.firstRow(part, rows);
                    linear.linear(
                            grid.panels(part, w, tile),
                            in.rowsFrom(row, 0),
                            out.rowsFrom(row, 0),
                            grid.endRow(part, rows) - row,
                            b.orElse(null));
                });
    }

    @Override
    public void headNorm(
            Activations qkv,
            int count,
            int firstColumn,
            int heads,
            int headDim,
            WeightVector weight,
            float eps) {
        rows.headNorm(qkv, count, firstColumn, heads, headDim, weight, eps);
    }

    @Override
    public void siluMul(Activations gateUp, int count, Activations out) {
        rows.siluMul(gateUp, count, out);
    }

    @Override
    public void read(Activations x, int row, float[] out) {
        CpuActivations in = buffer(x);
        Arguments.index("row", row, in.rows());
        check(
                out.length == in.width(),
                () -> "array of %d: expected %d, a row's width".formatted(out.length, in.width()));
        in.read(row, out);
    }

    @Override
    public void argMax(Activations x, int[] indices, int[] out) {
        rows.argMax(x, indices, out);
    }

    @Override
    public void forEachRow(Activations x, int[] indices, RowUse use) {
        rows.forEachRow(x, indices, use);
    }

    @Override
    public void merge(WeightUpdate update, int fromRow, int toRow, WeightMatrix live) {
        merges.merge(update, fromRow, toRow, live);
    }

    @Override
    public MergeLoss mergeLoss(WeightUpdate update, int fromRow, int toRow) {
        return merges.loss(update, fromRow, toRow);
    }

    /** Ends the team; buffers are closed by their owners. */
    @Override
    public void close() {
        team.close();
        for (Scratch scratch : scratches) {
            scratch.close();
        }
        attention.close();
        loras.close();
        merges.close();
    }
}
