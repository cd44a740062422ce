package org.dlora.device.cuda.kernels;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.dlora.device.AttentionShape;
import org.dlora.device.cuda.driver.Kernel;
import org.dlora.device.cuda.driver.Stream;

/** Launches of attention, and of writes to the KV cache. */
public final class CudaAttentionKernels {
    /** Largest head that any kernel takes. */
    public static final int MAX_HEAD_DIM = 256;

    /** Largest head that tiles take. */
    public static final int MAX_TILED_HEAD_DIM = 128;

    /** Rows of a tile. */
    public static final int TILE_ROWS = 64;

    /** Query heads that a block of threads takes. */
    private static final int HEADS = 8;

    private final Stream stream;
    private final MemorySegment shape;
    private final Kernel writeF32;
    private final Kernel writeBf16;
    private final Kernel spansF32;
    private final Kernel spansBf16;
    private final Kernel join;
    private final Kernel tiles64;
    private final Kernel tiles128;

    public CudaAttentionKernels(LoadedKernels kernels, Stream stream, Arena arena) {
        this.stream = stream;
        shape = arena.allocate(20, 4);
        writeF32 = kernels.kernel("kv_cache", "write_kv_f32", 7, arena);
        writeBf16 = kernels.kernel("kv_cache", "write_kv_bf16", 7, arena);
        spansF32 = kernels.kernel("attention_spans", "attention_spans_f32", 10, arena);
        spansBf16 = kernels.kernel("attention_spans", "attention_spans_bf16", 10, arena);
        join = kernels.kernel("attention_join", "attention_join", 7, arena);
        tiles64 = kernels.kernel("attention_tiles", "attention_tiles_64", 6, shared(64), arena);
        tiles128 = kernels.kernel("attention_tiles", "attention_tiles_128", 6, shared(128), arena);
    }

    private static int shared(int headDim) {
        return 2 * TILE_ROWS * (headDim + 8) * 2;
    }

    private MemorySegment structure(AttentionShape of) {
        shape.setAtIndex(JAVA_INT, 0, of.heads());
        shape.setAtIndex(JAVA_INT, 1, of.kvHeads());
        shape.setAtIndex(JAVA_INT, 2, of.headDim());
        shape.setAtIndex(JAVA_INT, 3, of.window());
        shape.setAtIndex(JAVA_FLOAT, 4, of.scale());
        return shape;
    }

    /**
     * Stores keys and values of fused rows.
     *
     * @param kv the layer of the cache
     */
    public void writeKv(
            boolean isBf16, long rows, int count, AttentionShape of, long slots, long kv) {
        int elements = of.kvHeads() * of.headDim();
        (isBf16 ? writeBf16 : writeF32)
                .address(rows)
                .number(of.qkvWidth())
                .number(of.outWidth())
                .number(of.kvHeads())
                .number(of.headDim())
                .address(slots)
                .address(kv)
                .launch(stream, count, Math.min(256, Math.ceilDiv(elements, 32) * 32));
    }

    /** Rows that are attended one by one, with their positions and block tables, on the GPU. */
    public record SingleRows(long which, long positions, long tables, long blocks) {

        /** Returns the rows from {@code first} on. */
        public SingleRows from(int first) {
            long bytes = 4L * first;
            return new SingleRows(which + bytes, positions + bytes, tables + bytes, blocks);
        }
    }

    /**
     * Attends {@code count} single rows, whose contexts are cut into {@code spans} of {@code span}
     * positions.
     *
     * @param sums room for {@code [count][heads][spans][head_dim]} floats
     * @param weights room for {@code [count][heads][spans][2]} floats
     */
    public void attend(
            boolean isBf16,
            long qkv,
            AttentionShape of,
            long kv,
            SingleRows rows,
            int count,
            int span,
            int spans,
            long sums,
            long weights,
            long out) {
        int parts = Math.ceilDiv(of.heads() / of.kvHeads(), HEADS);
        (isBf16 ? spansBf16 : spansF32)
                .address(qkv)
                .structure(structure(of))
                .address(kv)
                .address(rows.which())
                .address(rows.positions())
                .address(rows.tables())
                .address(rows.blocks())
                .number(span)
                .address(sums)
                .address(weights)
                .launch(stream, count, of.kvHeads() * parts, spans, 128, 0);
        join.address(sums)
                .address(weights)
                .address(rows.which())
                .number(spans)
                .number(of.heads())
                .number(of.headDim())
                .address(out)
                .launch(
                        stream,
                        count,
                        of.heads(),
                        1,
                        Math.min(256, Math.ceilDiv(of.headDim(), 32) * 32),
                        0);
    }

    /** Attends tiles of rows, over a cache of bfloat16. */
    public void attendTiles(
            long qkv, AttentionShape of, long kv, long tiles, int count, long blocks, long out) {
        boolean isSmall = of.headDim() <= 64;
        (isSmall ? tiles64 : tiles128)
                .address(qkv)
                .structure(structure(of))
                .address(kv)
                .address(tiles)
                .address(blocks)
                .address(out)
                .launch(stream, count, of.heads(), 1, 128, shared(isSmall ? 64 : 128));
    }
}
