package org.dlora.device.cpu;

import static org.dlora.device.cpu.Arguments.buffer;
import static org.dlora.device.cpu.Arguments.check;

import java.lang.foreign.MemorySegment;
import org.dlora.device.Activations;
import org.dlora.device.AttentionShape;
import org.dlora.device.KvCache;
import org.dlora.device.RaggedBatch;
import org.dlora.device.WeightVector;

/** The operations between the projections to q, k, v and the projection of the output. */
final class AttentionOperations implements AutoCloseable {
    private final RowKernels rowKernels;
    private final AttentionKernels attention;
    private final Crew crew;
    private final StepRows rows = new StepRows();
    private final AttentionUnits units = new AttentionUnits();

    AttentionOperations(KernelChoice choice, Crew crew) {
        this.rowKernels = choice.rows();
        this.attention = choice.attention();
        this.crew = crew;
    }

    /** Takes the rows of the next step, which all operations are for. */
    void begin(RaggedBatch batch) {
        rows.begin(batch);
        units.begin(batch);
    }

    void rope(Activations qkv, AttentionShape shape, WeightVector cos, WeightVector sin) {
        CpuActivations x = buffer(qkv);
        CpuVector c = Arguments.vector(cos);
        CpuVector s = Arguments.vector(sin);
        int count = rows.batch().rows();
        Arguments.fused(x, count, shape);
        check(
                shape.headDim() % 2 == 0,
                () -> "head dimension %d: rotation needs pairs".formatted(shape.headDim()));
        MemorySegment positions =
                rows.positions(2 * Math.min(c.size(), s.size()) / shape.headDim());
        int heads = shape.heads() + shape.kvHeads();
        crew.splitRows(
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

    void writeKv(Activations qkv, AttentionShape shape, KvCache cache, int layer) {
        CpuActivations x = buffer(qkv);
        int count = rows.batch().rows();
        Arguments.fused(x, count, shape);
        CpuKvCache kv = Arguments.cache(cache, shape, layer);
        MemorySegment slots = rows.slots(kv);
        crew.splitRows(
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

    void attention(
            Activations qkv, AttentionShape shape, KvCache cache, int layer, Activations out) {
        CpuActivations x = buffer(qkv);
        CpuActivations o = buffer(out);
        var batch = rows.batch();
        Arguments.fused(x, batch.rows(), shape);
        Arguments.rows(batch.rows(), o);
        Arguments.width(o, "attention output", shape.outWidth());
        var kv = Arguments.cache(cache, shape, layer);
        rows.check(kv);
        var job = new AttentionKernels.Job(shape, kv, layer, x, o);
        units.cut(shape, crew.size());
        crew.claim(
                units.size(),
                units.cost(),
                (member, unit) ->
                        attention.attend(
                                job,
                                batch.chunks().get(units.chunk(unit)),
                                units.firstRow(unit),
                                units.rows(unit),
                                units.kvHead(unit),
                                units.kvHeads(),
                                crew.scratch(member)));
    }

    @Override
    public void close() {
        rows.close();
    }
}
