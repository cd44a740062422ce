package org.dlora.device.cpu;

import static org.dlora.device.arguments.Arguments.check;

import java.util.Optional;
import org.dlora.device.Activations;
import org.dlora.device.ArgMaxIndex;
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
import org.dlora.device.arguments.Arguments;
import org.dlora.device.cpu.argmax.ArgMaxOperations;
import org.dlora.device.cpu.attention.AttentionOperations;
import org.dlora.device.cpu.linear.LinearOperations;
import org.dlora.device.cpu.lora.LoraOperations;
import org.dlora.device.cpu.memory.CpuActivations;
import org.dlora.device.cpu.memory.LoadAhead;
import org.dlora.device.cpu.memory.MemoryAccount;
import org.dlora.device.cpu.merge.MergeOperations;
import org.dlora.device.cpu.rows.RowOperations;
import org.dlora.device.cpu.threads.WorkerTeam;
import org.dlora.device.cpu.threads.Workers;
import org.jspecify.annotations.Nullable;

/**
 * One replica's compute on the CPU. Checks arguments, and cuts each operation for a {@link
 * WorkerTeam}.
 */
final class CpuOperations implements Operations {
    private final LinearOperations linear;
    private final Workers workers;
    private final LoadAhead ahead;
    private final RowOperations rows;
    private final AttentionOperations attention;
    private final LoraOperations loras;
    private final MergeOperations merges;
    private final ArgMaxOperations argMaxes;
    private @Nullable CpuStep step;

    /**
     * @param account of the device
     */
    CpuOperations(KernelChoice choice, WorkerTeam team, MemoryAccount account) {
        this.workers = new Workers(team);
        this.ahead = new LoadAhead(choice.linear().loadsAhead() ? team.size() : 0);
        this.linear = new LinearOperations(choice.linear(), workers, ahead);
        this.rows = new RowOperations(choice.kernels(), choice.rows(), workers);
        this.attention = new AttentionOperations(choice.rows(), choice.attention(), workers, ahead);
        this.loras =
                new LoraOperations(
                        choice.kernels(), choice.linear(), choice.lora(), workers, account);
        this.merges = new MergeOperations(choice.merges(), workers);
        this.argMaxes =
                new ArgMaxOperations(choice.index(), choice.linear(), choice.kernels(), workers);
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
        var next = new CpuStep(batch, logitRows, lora, rows, attention, loras, workers);
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
        linear.linear(weight, bias, x, rows, y);
    }

    @Override
    public void gatedLinear(
            WeightMatrix weight,
            Optional<WeightVector> bias,
            Activations x,
            int rows,
            Activations gateUp,
            Activations out) {
        if (!linear.gated(weight, bias, x, rows, out)) {
            Operations.super.gatedLinear(weight, bias, x, rows, gateUp, out);
        }
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
        CpuActivations in = CpuActivations.of(x);
        Arguments.index("row", row, in.rows());
        check(
                out.length == in.width(),
                () -> "array of %d: expected %d, a row's width".formatted(out.length, in.width()));
        workers.await();
        in.read(row, out);
    }

    @Override
    public void argMax(Activations x, int[] indices, int[] out) {
        rows.argMax(x, indices, out);
    }

    @Override
    public boolean linearArgMax(ArgMaxIndex index, Activations x, int[] rows, int[] out) {
        return argMaxes.linearArgMax(index, x, rows, out);
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

    /** Ends the workers; buffers are closed by their owners. */
    @Override
    public void close() {
        workers.close();
        linear.close();
        ahead.close();
        attention.close();
        loras.close();
        merges.close();
        argMaxes.close();
    }
}
