package org.dlora.bench.selftest;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.dlora.device.AttentionShape;
import org.dlora.device.KvCache;
import org.dlora.device.KvLayout;
import org.dlora.device.RaggedBatch;
import org.dlora.device.reference.Numbers;
import org.dlora.device.reference.Session;
import org.dlora.tensor.DType;

/**
 * Checks of copies of cache blocks and of weights: what was copied out and in has the same bits.
 */
final class CopyChecks {
    private static final AttentionShape SHAPE = new AttentionShape(6, 2, 20, 0.3f, 0);
    private static final int LAYERS = 3;
    private static final int BLOCKS = 8;

    /** Blocks of a sequence, and those that they are copied to. */
    private static final int[] FROM = {5, 0, 3};

    private static final int[] TO = {1, 7, 2};

    private CopyChecks() {}

    static List<OperationCheck> all() {
        var checks = new ArrayList<OperationCheck>();
        for (var dtype : List.of(DType.F32, DType.BF16)) {
            checks.add(
                    new OperationCheck(
                            "copyBlocks",
                            RowChecks.name(dtype) + ", blocks of a cache",
                            List.of(
                                    CheckCase.real(
                                            "3 blocks",
                                            Allowance.EXACT,
                                            (session, numbers) ->
                                                    blocks(session, numbers, dtype)))));
            checks.add(
                    new OperationCheck(
                            "copy",
                            RowChecks.name(dtype) + ", a matrix and a vector",
                            List.of(
                                    CheckCase.real(
                                            "130 x 47",
                                            Allowance.EXACT,
                                            (session, numbers) ->
                                                    weights(session, numbers, dtype)))));
        }
        return checks;
    }

    /** Returns how attention over copied blocks differs from that over the blocks themselves. */
    private static float[][] blocks(Session session, Numbers numbers, DType dtype) {
        var cache =
                session.kvCache(
                        new KvLayout(LAYERS, SHAPE.kvHeads(), SHAPE.headDim(), BLOCKS, dtype));
        int positions = FROM.length * KvLayout.BLOCK_TOKENS;
        var rows = session.upload(numbers.rows(positions, SHAPE.qkvWidth()), SHAPE.qkvWidth());
        for (int layer = 0; layer < LAYERS; layer++) {
            session.writeKv(rows, chunk(0, positions, FROM), SHAPE, cache, layer);
        }
        float[] query = numbers.vector(SHAPE.qkvWidth());
        float[][] before = attend(session, query, cache, FROM);
        try (var arena = Arena.ofConfined()) {
            for (int i = 0; i < FROM.length; i++) {
                var copy = arena.allocate(cache.copyBytes());
                cache.copyOut(FROM[i], copy);
                cache.copyIn(copy, TO[i]);
            }
        }
        float[][] after = attend(session, query, cache, TO);
        var differences = new float[LAYERS][SHAPE.outWidth()];
        for (int i = 0; i < LAYERS; i++) {
            for (int j = 0; j < differences[i].length; j++) {
                differences[i][j] = after[i][j] - before[i][j];
            }
        }
        return differences;
    }

    /** Returns the attention of the row before the table's end, layer by layer. */
    private static float[][] attend(Session session, float[] query, KvCache cache, int... table) {
        var batch = chunk(table.length * KvLayout.BLOCK_TOKENS - 1, 1, table);
        var qkv = session.upload(new float[][] {query}, SHAPE.qkvWidth());
        var out = session.buffer(1, SHAPE.outWidth());
        var all = new float[LAYERS][];
        for (int layer = 0; layer < LAYERS; layer++) {
            session.attention(qkv, batch, SHAPE, cache, layer, out);
            all[layer] = session.download(out)[0];
        }
        return all;
    }

    private static RaggedBatch chunk(int first, int rows, int... table) {
        return new RaggedBatch(
                new int[rows],
                IntStream.range(first, first + rows).toArray(),
                List.of(new RaggedBatch.Chunk(0, rows, first, table)));
    }

    private static float[][] weights(Session session, Numbers numbers, DType dtype) {
        var device = session.device;
        var matrix = session.matrix(dtype, numbers.tensor(DType.F32, 130, 47));
        var vector = new float[47];
        device.read(session.vector(numbers.vector(vector.length)), vector);
        try (var arena = Arena.ofConfined()) {
            var copy = arena.allocate(device.copyBytes(matrix));
            device.copyOut(matrix, copy);
            try (var copied = device.copyIn(copy)) {
                return RowChecks.both(session.download(copied), new float[][] {vector});
            }
        }
    }
}
