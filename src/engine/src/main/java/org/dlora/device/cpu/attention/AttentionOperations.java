package org.dlora.device.cpu.attention;

import static org.dlora.device.arguments.Arguments.check;

import java.lang.foreign.MemorySegment;
import org.dlora.device.Activations;
import org.dlora.device.AttentionShape;
import org.dlora.device.KvCache;
import org.dlora.device.RaggedBatch;
import org.dlora.device.WeightVector;
import org.dlora.device.arguments.Arguments;
import org.dlora.device.cpu.memory.CpuActivations;
import org.dlora.device.cpu.memory.CpuKvCache;
import org.dlora.device.cpu.memory.CpuVector;
import org.dlora.device.cpu.memory.LoadAhead;
import org.dlora.device.cpu.rows.RowKernels;
import org.dlora.device.cpu.threads.Workers;

/** The operations between the projections to q, k, v and the projection of the output. */
public final class AttentionOperations implements AutoCloseable {
    private final RowKernels rowKernels;
    private final AttentionKernels attention;
    private final Workers workers;
    private final StepRows rows = new StepRows();
    private final AttentionUnits units = new AttentionUnits();
    private final KeysAhead keysAhead;

    /**
     * @param ahead memory that the products of the step load ahead
     */
    public AttentionOperations(
            RowKernels rowKernels, AttentionKernels attention, Workers workers, LoadAhead ahead) {
        this.rowKernels = rowKernels;
        this.attention = attention;
        this.workers = workers;
        keysAhead = new KeysAhead(ahead);
    }

    /** Takes the rows of the next step, which all operations are for. */
    public void begin(RaggedBatch batch) {
        rows.begin(batch);
        units.begin(batch);
        keysAhead.begin(batch);
    }

    public void rope(Activations qkv, AttentionShape shape, WeightVector cos, WeightVector sin) {
        CpuActivations x = CpuActivations.of(qkv);
        CpuVector c = CpuVector.of(cos);
        CpuVector s = CpuVector.of(sin);
        int count = rows.batch().rows();
        AttentionArguments.fused(x, count, shape);
        check(
                shape.headDim() % 2 == 0,
                () -> "head dimension %d: rotation needs pairs".formatted(shape.headDim()));
        MemorySegment positions =
                rows.positions(2 * Math.min(c.size(), s.size()) / shape.headDim());
        int heads = shape.heads() + shape.kvHeads();
        workers.pipelineRows(
                count,
                heads * shape.headDim(),
                (_, from, to) ->
                        rowKernels.rope(
                                x.rowsFrom(from, 0),
                                c,
                                s,
                                positions,
                                4L * from,
                                to - from,
                                heads,
                                shape.headDim()));
    }

    public void writeKv(Activations qkv, AttentionShape shape, KvCache cache, int layer) {
        CpuActivations x = CpuActivations.of(qkv);
        int count = rows.batch().rows();
        AttentionArguments.fused(x, count, shape);
        CpuKvCache kv = AttentionArguments.cache(cache, shape, layer);
        MemorySegment slots = rows.slots(kv);
        workers.pipelineRows(
                count,
                2 * shape.kvHeads() * shape.headDim(),
                (_, from, to) ->
                        rowKernels.writeKv(
                                kv,
                                layer,
                                slots,
                                4L * from,
                                x.rowsFrom(from, shape.outWidth()),
                                to - from));
    }

    public void attention(
            Activations qkv, AttentionShape shape, KvCache cache, int layer, Activations out) {
        CpuActivations x = CpuActivations.of(qkv);
        CpuActivations o = CpuActivations.of(out);
        var batch = rows.batch();
        AttentionArguments.fused(x, batch.rows(), shape);
        Arguments.rows(batch.rows(), o);
        Arguments.width(o, "attention output", shape.outWidth());
        var kv = AttentionArguments.cache(cache, shape, layer);
        rows.check(kv);
        units.cut(shape, workers.size());
        var job = new AttentionKernels.Job(shape, kv, layer, x, o, batch.chunks(), units);
        workers.forUnits(
                units.runs(),
                units.cost(),
                (worker, run) ->
                        attention.attend(
                                job, units.from(run), units.to(run), workers.scratch(worker)));
        keysAhead.wantBehind(layer, shape, kv);
    }

    @Override
    public void close() {
        rows.close();
        units.close();
    }
}
