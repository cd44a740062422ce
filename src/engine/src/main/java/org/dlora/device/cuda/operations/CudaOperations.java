package org.dlora.device.cuda.operations;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
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
import org.dlora.device.cuda.driver.Context;
import org.dlora.device.cuda.driver.GraphCache;
import org.dlora.device.cuda.driver.Stream;
import org.dlora.device.cuda.kernels.CudaAttentionKernels;
import org.dlora.device.cuda.kernels.CudaLinearKernels;
import org.dlora.device.cuda.kernels.CudaLoraKernels;
import org.dlora.device.cuda.kernels.CudaMergeKernels;
import org.dlora.device.cuda.kernels.CudaRowKernels;
import org.dlora.device.cuda.kernels.LoadedKernels;
import org.dlora.device.cuda.memory.CudaAccount;
import org.dlora.device.cuda.memory.CudaActivations;
import org.jspecify.annotations.Nullable;

/**
 * One replica's compute on a GPU: a stream, and what the operations keep between steps. Calls
 * return before the GPU is done, but for those that bring something to the host.
 */
public final class CudaOperations implements Operations {
    private final Context context;
    private final Arena arena;
    private final Stream stream;
    private final GraphCache graphs;
    private final RowPadding padding = new RowPadding();
    private final RowWorkers workers;
    private final CudaRows rows;
    private final CudaProducts products;
    private final CudaStepRows stepRows;
    private final StepTerms stepTerms;
    private final CudaAttention attention;
    private final CudaLora loras;
    private final CudaMerges merges;
    private final List<AutoCloseable> parts = new ArrayList<>();
    private @Nullable CudaStep step;

    /**
     * @param account of the device
     * @param threads that use rows on the host, the caller's included
     */
    @SuppressWarnings("MustBeClosedChecker") // These own the arena.
    public CudaOperations(Context context, LoadedKernels loaded, CudaAccount account, int threads) {
        this.context = context;
        this.arena = Arena.ofShared();
        context.enter();
        stream = part(context.stream());
        graphs = part(new GraphCache(stream));
        workers = part(new RowWorkers(threads));
        var rowKernels = new CudaRowKernels(loaded, stream, arena);
        var rounded = part(new RoundedRows(rowKernels, stream));
        rows = part(new CudaRows(rowKernels, padding, stream));
        products = new CudaProducts(new CudaLinearKernels(loaded, stream, arena), rounded, padding);
        stepRows = part(new CudaStepRows(padding, stream));
        stepTerms = part(new StepTerms(stream, account));
        attention =
                part(
                        new CudaAttention(
                                rowKernels,
                                new CudaAttentionKernels(loaded, stream, arena),
                                stepRows,
                                padding,
                                stream));
        loras =
                part(
                        new CudaLora(
                                new CudaLoraKernels(loaded, stream, arena),
                                rowKernels,
                                products,
                                rounded,
                                stepRows,
                                padding,
                                stream));
        merges = part(new CudaMerges(new CudaMergeKernels(loaded, stream, arena), stream));
    }

    private <T extends AutoCloseable> T part(T part) {
        parts.addFirst(part);
        return part;
    }

    @Override
    public Activations activations(int rows, int width) {
        return new CudaActivations(context, rows, width);
    }

    @Override
    public Step begin(RaggedBatch batch, int[] logitRows, LoraBatch lora, StepEpoch epoch) {
        return begin(batch, logitRows, lora, graphs.areOn() && CudaStepRows.isDecode(batch));
    }

    /** Begins no graph: such short ones would take the place of those of whole steps. */
    @Override
    public Step beginRest(RaggedBatch batch, int[] logitRows, LoraBatch lora, StepEpoch epoch) {
        return begin(batch, logitRows, lora, false);
    }

    private Step begin(RaggedBatch batch, int[] logitRows, LoraBatch lora, boolean isGraph) {
        if (step != null && step.isOpen()) {
            throw new IllegalStateException("The step before is still open");
        }
        context.enter();
        padding.set(isGraph);
        stepRows.begin(batch, logitRows);
        stepTerms.begin(lora);
        if (isGraph) {
            graphs.begin();
        }
        var next =
                new CudaStep(stream, graphs, padding, stepRows, stepTerms, rows, attention, loras);
        step = next;
        return next;
    }

    @Override
    public void rmsNorm(Activations x, int count, WeightVector weight, float eps, Activations out) {
        context.enter();
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
        context.enter();
        rows.addRmsNorm(x, residual, count, weight, eps, out);
    }

    @Override
    public void linear(
            WeightMatrix weight,
            Optional<WeightVector> bias,
            Activations x,
            int count,
            Activations y) {
        context.enter();
        products.linear(weight, bias, x, count, y);
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
        context.enter();
        rows.headNorm(qkv, count, firstColumn, heads, headDim, weight, eps);
    }

    @Override
    public void siluMul(Activations gateUp, int count, Activations out) {
        context.enter();
        rows.siluMul(gateUp, count, out);
    }

    @Override
    public void read(Activations x, int row, float[] out) {
        context.enter();
        rows.read(x, row, out);
    }

    @Override
    public void argMax(Activations x, int[] indices, int[] out) {
        context.enter();
        rows.argMax(x, indices, out);
    }

    @Override
    public void largest(Activations x, int[] indices, int k, int[] out, float[] values) {
        context.enter();
        rows.largest(x, indices, k, out, values);
    }

    @Override
    public void forEachRow(Activations x, int[] indices, RowUse use) {
        context.enter();
        var in = CudaActivations.of(x);
        workers.forEach(rows.read(in, indices), indices.length, in.width(), use);
    }

    @Override
    public void merge(WeightUpdate update, int fromRow, int toRow, WeightMatrix live) {
        context.enter();
        merges.merge(update, fromRow, toRow, live);
    }

    @Override
    public MergeLoss mergeLoss(WeightUpdate update, int fromRow, int toRow) {
        context.enter();
        return merges.loss(update, fromRow, toRow);
    }

    /** Ends the threads, and frees what is not the caller's. Buffers are closed by their owners. */
    @Override
    public void close() {
        for (var part : parts) {
            try {
                part.close();
            } catch (RuntimeException e) {
                throw e;
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }
        parts.clear();
        arena.close();
    }
}
