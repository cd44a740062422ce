package org.dlora.device.cpu;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemorySegment;
import org.dlora.device.KvCache;
import org.dlora.device.KvLayout;
import org.dlora.tensor.DType;

/**
 * Paged keys and values, {@code [layer][block][kvHead]} of a tile each. A tile is K {@code
 * [headDim][16]}, then V {@code [16][headDim]}: the scores of 16 positions lie in the lanes of a
 * vector, so neither they nor the weighted sum of the values need a sum across lanes.
 */
final class CpuKvCache implements KvCache {
    private final KvLayout layout;
    private final Memory memory;

    CpuKvCache(KvLayout layout, Account account) {
        if (layout.dtype() != DType.F32 && layout.dtype() != DType.BF16) {
            throw new IllegalArgumentException(
                    "KV cache dtype " + layout.dtype() + ": expected F32 or BF16");
        }
        this.layout = layout;
        this.memory =
                Memory.allocate(
                        Math.multiplyExact(layout.bytesPerBlock(), (long) layout.blocks()),
                        account);
    }

    @Override
    public KvLayout layout() {
        return layout;
    }

    MemorySegment segment() {
        return memory.segment();
    }

    /** Byte offset of K of a head in a block. */
    long keys(int layer, int block, int kvHead) {
        return (((long) layer * layout.blocks() + block) * layout.kvHeads() + kvHead)
                * 2
                * tileBytes();
    }

    /** Byte offset of V of a head in a block. */
    long values(int layer, int block, int kvHead) {
        return keys(layer, block, kvHead) + tileBytes();
    }

    private long tileBytes() {
        return (long) layout.headDim() * KvLayout.BLOCK_TOKENS * layout.dtype().bytes();
    }

    /**
     * Stores one head's k and v, found at the given byte offsets of {@code row}, at {@code slot} of
     * a block.
     */
    void write(
            int layer, int block, int slot, int kvHead, MemorySegment row, long key, long value) {
        int headDim = layout.headDim();
        long keys = keys(layer, block, kvHead);
        long values = values(layer, block, kvHead);
        if (layout.dtype() == DType.F32) {
            for (int d = 0; d < headDim; d++) {
                segment()
                        .set(
                                JAVA_FLOAT,
                                keys + 4L * (d * KvLayout.BLOCK_TOKENS + slot),
                                row.get(JAVA_FLOAT, key + 4L * d));
            }
            MemorySegment.copy(row, value, segment(), values + 4L * slot * headDim, 4L * headDim);
        } else {
            for (int d = 0; d < headDim; d++) {
                short k = Bfloat16.round(row.get(JAVA_FLOAT, key + 4L * d));
                short v = Bfloat16.round(row.get(JAVA_FLOAT, value + 4L * d));
                segment().set(JAVA_SHORT, keys + 2L * (d * KvLayout.BLOCK_TOKENS + slot), k);
                segment().set(JAVA_SHORT, values + 2L * (slot * headDim + d), v);
            }
        }
    }

    @Override
    public void close() {
        memory.close();
    }
}
