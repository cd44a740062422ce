package org.dlora.device.cpu;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.dlora.device.KvLayout.BLOCK_TOKENS;
import static org.dlora.device.cpu.Arguments.buffer;
import static org.dlora.device.cpu.Arguments.check;

import java.lang.foreign.MemorySegment;
import org.dlora.device.Activations;
import org.dlora.device.AttentionShape;
import org.dlora.device.KvCache;
import org.dlora.device.RaggedBatch;
import org.dlora.device.RaggedBatch.Chunk;
import org.dlora.device.WeightVector;

/** The operations between the projections to q, k, v and that of the output. */
final class AttentionOperations implements AutoCloseable {
    private final RowKernels rowKernels;
    private final AttentionKernels attention;
    private final Crew crew;

    /** Position or slot of each row. */
    private final Scratch numbers = new Scratch();

    private final AttentionUnits units = new AttentionUnits();

    AttentionOperations(KernelChoice choice, Crew crew) {
        this.rowKernels = choice.rows();
        this.attention = choice.attention();
        this.crew = crew;
    }

    void rope(
            Activations qkv,
            RaggedBatch batch,
            AttentionShape shape,
            WeightVector cos,
            WeightVector sin) {
        CpuActivations x = buffer(qkv);
        CpuVector c = Arguments.vector(cos);
        CpuVector s = Arguments.vector(sin);
        Arguments.fused(x, batch, shape);
        check(
                shape.headDim() % 2 == 0,
                () -> "head dimension %d: rotation needs pairs".formatted(shape.headDim()));
        int rows = batch.rows();
        int last = 2 * Math.min(c.size(), s.size()) / shape.headDim();
        MemorySegment positions = numbers.atLeast(4L * rows);
        for (int row = 0; row < rows; row++) {
            Arguments.index("rotary position", batch.positions()[row], last);
            positions.set(JAVA_INT, 4L * row, batch.positions()[row]);
        }
        int heads = shape.heads() + shape.kvHeads();
        crew.splitRows(
                rows,
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

    void writeKv(
            Activations qkv, RaggedBatch batch, AttentionShape shape, KvCache cache, int layer) {
        CpuActivations x = buffer(qkv);
        Arguments.fused(x, batch, shape);
        CpuKvCache kv = Arguments.cache(cache, shape, layer, batch);
        MemorySegment slots = slots(batch);
        crew.splitRows(
                batch.rows(),
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

    private MemorySegment slots(RaggedBatch batch) {
        MemorySegment slots = numbers.atLeast(4L * batch.rows());
        long next = 0;
        for (Chunk chunk : batch.chunks()) {
            int end = chunk.firstPosition() + chunk.rows();
            for (int position = chunk.firstPosition(); position < end; position++, next += 4) {
                int block = chunk.blockTable()[position / BLOCK_TOKENS];
                slots.set(JAVA_INT, next, block * BLOCK_TOKENS + position % BLOCK_TOKENS);
            }
        }
        return slots;
    }

    void attention(
            Activations qkv,
            RaggedBatch batch,
            AttentionShape shape,
            KvCache cache,
            int layer,
            Activations out) {
        CpuActivations x = buffer(qkv);
        CpuActivations o = buffer(out);
        Arguments.fused(x, batch, shape);
        Arguments.rows(batch.rows(), o);
        Arguments.width(o, "attention output", shape.outWidth());
        var kv = Arguments.cache(cache, shape, layer, batch);
        var job = new AttentionKernels.Job(shape, kv, layer, x, o);
        units.cut(batch, shape, crew.size());
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
        numbers.close();
    }
}
