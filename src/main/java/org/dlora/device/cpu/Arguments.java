package org.dlora.device.cpu;

import static org.dlora.device.KvLayout.BLOCK_TOKENS;

import java.util.function.Supplier;
import org.dlora.device.Activations;
import org.dlora.device.AttentionShape;
import org.dlora.device.KvCache;
import org.dlora.device.RaggedBatch;
import org.dlora.device.RaggedBatch.Chunk;
import org.dlora.device.WeightMatrix;
import org.dlora.device.WeightVector;

/**
 * Checks of the arguments of operations. An {@link IllegalArgumentException} names the argument and
 * what it does not fit.
 */
final class Arguments {
    private Arguments() {}

    static void check(boolean condition, Supplier<String> message) {
        if (!condition) {
            throw new IllegalArgumentException(message.get());
        }
    }

    static PanelMatrix matrix(WeightMatrix matrix) {
        return own(PanelMatrix.class, matrix);
    }

    static CpuVector vector(WeightVector vector) {
        return own(CpuVector.class, vector);
    }

    static CpuActivations buffer(Activations activations) {
        return own(CpuActivations.class, activations);
    }

    private static <T> T own(Class<T> type, Object memory) {
        check(type.isInstance(memory), () -> memory + " is not memory of the CPU device");
        return type.cast(memory);
    }

    static void rows(int rows, CpuActivations... buffers) {
        for (CpuActivations buffer : buffers) {
            check(
                    rows >= 0 && rows <= buffer.rows(),
                    () -> "%d rows: the buffer has %d".formatted(rows, buffer.rows()));
        }
    }

    static void width(CpuActivations buffer, String name, int width) {
        check(
                buffer.width() == width,
                () -> "%s has width %d: expected %d".formatted(name, buffer.width(), width));
    }

    /** Checks an index of {@code what}, of which there are {@code size}. */
    static void index(String what, int index, int size) {
        check(index >= 0 && index < size, () -> "%s %d: there are %d".formatted(what, index, size));
    }

    /** Checks indices of {@code what}. */
    static void indices(String what, int[] indices, int size) {
        for (int index : indices) {
            index(what, index, size);
        }
    }

    static void fused(CpuActivations qkv, int rows, AttentionShape shape) {
        rows(rows, qkv);
        width(qkv, "fused q, k, v", shape.qkvWidth());
        check(
                shape.heads() % shape.kvHeads() == 0,
                () ->
                        "%d query heads do not divide among %d kv heads"
                                .formatted(shape.heads(), shape.kvHeads()));
    }

    /** Returns the cache, if it has the layer and the shape. */
    static CpuKvCache cache(KvCache cache, AttentionShape shape, int layer) {
        CpuKvCache kv = own(CpuKvCache.class, cache);
        index("cache layer", layer, kv.layout().layers());
        check(
                kv.layout().kvHeads() == shape.kvHeads()
                        && kv.layout().headDim() == shape.headDim(),
                () -> "%s does not fit %s".formatted(kv.layout(), shape));
        return kv;
    }

    /** Checks that chunks cover the batch's rows, and that the cache has all of their blocks. */
    static void blocks(RaggedBatch batch, CpuKvCache cache) {
        int next = 0;
        for (Chunk chunk : batch.chunks()) {
            int expected = next;
            check(
                    chunk.firstRow() == expected && chunk.rows() > 0,
                    () ->
                            "a chunk has %d rows from row %d on: expected at least one, from row %d on"
                                    .formatted(chunk.rows(), chunk.firstRow(), expected));
            blocks(chunk, cache);
            next += chunk.rows();
        }
        int covered = next;
        check(
                covered == batch.rows(),
                () -> "the chunks cover %d rows of %d".formatted(covered, batch.rows()));
    }

    private static void blocks(Chunk chunk, CpuKvCache cache) {
        int blocks = Math.ceilDiv(chunk.firstPosition() + chunk.rows(), BLOCK_TOKENS);
        check(
                chunk.firstPosition() >= 0 && chunk.blockTable().length >= blocks,
                () ->
                        "a chunk of %d rows from position %d on has %d blocks: expected at least %d"
                                .formatted(
                                        chunk.rows(),
                                        chunk.firstPosition(),
                                        chunk.blockTable().length,
                                        blocks));
        for (int i = 0; i < blocks; i++) {
            index("cache block", chunk.blockTable()[i], cache.layout().blocks());
        }
    }
}
