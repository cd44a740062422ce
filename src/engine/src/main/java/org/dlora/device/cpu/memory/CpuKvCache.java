package org.dlora.device.cpu.memory;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.List;
import org.dlora.device.CopyHeader;
import org.dlora.device.KvCache;
import org.dlora.device.KvLayout;
import org.dlora.device.arguments.Arguments;
import org.dlora.tensor.DType;

/**
 * The paged KV cache of the CPU device. Its memory is there from the start, but for {@link
 * WithheldPages}. It consists of tiles, {@code [layer][block][kvHead]}. A tile has the keys and
 * values of one kv head at the 16 positions of a block.
 *
 * <p>A float32 tile is K {@code [headDim][16]}, then V {@code [16][headDim]}. The lanes of a vector
 * are positions for scores, and elements of the head for weighted sums of values. So neither needs
 * a sum across lanes.
 *
 * <p>A bfloat16 tile stores two neighbours side by side, because bfloat16 dot products multiply
 * pairs. K is {@code [headDim/2][16][2]}, with pairs of elements. V is {@code [8][headDim][2]},
 * with pairs of positions. If headDim is odd, the last elements of the 16 keys follow K's pairs, as
 * {@code [16]}.
 */
public final class CpuKvCache implements KvCache {
    /** Version of the layout, counted up with every change of the tiles. */
    private static final int VERSION = 1;

    private final KvLayout layout;
    private final String numericMode;
    private final MemoryAccount account;
    private final Memory memory;
    private final WithheldPages pages;

    /** Makes a cache whose blocks are all there. */
    public CpuKvCache(KvLayout layout, String numericMode, MemoryAccount account) {
        this(layout, layout.blocks(), numericMode, account);
    }

    /**
     * @param usable blocks that are there; those behind them are withheld
     * @param numericMode of the device, which copies of blocks must share
     */
    public CpuKvCache(KvLayout layout, int usable, String numericMode, MemoryAccount account) {
        Arguments.storage("KV cache dtype", layout.dtype());
        this.layout = layout;
        this.numericMode = numericMode;
        this.account = account;
        this.memory =
                Memory.allocate(
                        Math.multiplyExact(layout.bytesPerBlock(), (long) layout.blocks()),
                        account);
        this.pages = new WithheldPages(memory.segment(), layout, usable);
        account.add(-pages.bytes());
    }

    @Override
    public KvLayout layout() {
        return layout;
    }

    private CopyHeader header() {
        var shape =
                List.of(layout.layers(), layout.kvHeads(), layout.headDim(), KvLayout.BLOCK_TOKENS);
        var order = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN ? "le" : "be";
        return new CopyHeader(
                "KV block",
                "tiles%d-%s-%s".formatted(VERSION, order, numericMode),
                layout.dtype(),
                shape,
                layout.bytesPerBlock());
    }

    @Override
    public long copyBytes() {
        return header().copyBytes();
    }

    @Override
    public void copyOut(int block, MemorySegment to) {
        Arguments.index("cache block", block, layout.blocks());
        var content = header().writeTo(to);
        for (int layer = 0; layer < layout.layers(); layer++) {
            long at = layer * blockBytes();
            MemorySegment.copy(segment(), keys(layer, block, 0), content, at, blockBytes());
        }
    }

    @Override
    public void copyIn(MemorySegment from, int block) {
        Arguments.index("cache block", block, layout.blocks());
        var content = header().contentOf(from);
        for (int layer = 0; layer < layout.layers(); layer++) {
            long at = layer * blockBytes();
            MemorySegment.copy(content, at, segment(), keys(layer, block, 0), blockBytes());
        }
    }

    @Override
    public boolean takes(MemorySegment copy) {
        return header().matches(copy);
    }

    public MemorySegment segment() {
        return memory.segment();
    }

    /** Returns {@link Memory#address}. */
    public long address() {
        return memory.address();
    }

    /** Returns the bytes from a block to the next. */
    public long blockBytes() {
        return 2L * layout.kvHeads() * tileBytes();
    }

    /** Returns the byte offset of K of a head in a block. */
    public long keys(int layer, int block, int kvHead) {
        return (((long) layer * layout.blocks() + block) * layout.kvHeads() + kvHead)
                * 2
                * tileBytes();
    }

    /** Returns the byte offset of V of a head in a block. */
    public long values(int layer, int block, int kvHead) {
        return keys(layer, block, kvHead) + tileBytes();
    }

    private long tileBytes() {
        return (long) layout.headDim() * KvLayout.BLOCK_TOKENS * layout.dtype().bytes();
    }

    /**
     * Stores one head's k and v, found at the given byte offsets of {@code row}, at {@code slot} of
     * a block.
     */
    public void write(
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
            long pairs = values + 4L * (slot >> 1) * headDim + 2L * (slot & 1);
            for (int d = 0; d < headDim; d++) {
                short k = Bfloat16.round(row.get(JAVA_FLOAT, key + 4L * d));
                short v = Bfloat16.round(row.get(JAVA_FLOAT, value + 4L * d));
                segment().set(JAVA_SHORT, keys + pairedKey(d, slot), k);
                segment().set(JAVA_SHORT, pairs + 4L * d, v);
            }
        }
    }

    /** Returns the byte offset of an element in the bfloat16 K of a head. */
    public long pairedKey(int d, int slot) {
        long pair = 4L * (d >> 1) * KvLayout.BLOCK_TOKENS;
        return d + 1 == layout.headDim() && d % 2 == 0
                ? pair + 2L * slot
                : pair + 4L * slot + 2L * (d & 1);
    }

    @Override
    public long bytes() {
        return memory.bytes() - pages.bytes();
    }

    /** Returns whether blocks of caches on this system can be withheld. */
    public static boolean areElastic() {
        return WithheldPages.areKnown();
    }

    @Override
    public boolean isElastic() {
        return areElastic();
    }

    @Override
    public long mostBytesPerBlock() {
        return pages.mostBytesPerBlock();
    }

    @Override
    public void withhold(List<Integer> blocks) {
        account.add(-pages.withhold(blocks));
    }

    @Override
    public void restore(List<Integer> blocks) {
        account.add(pages.restore(blocks));
    }

    @Override
    public void close() {
        if (memory.isOpen()) {
            account.add(pages.bytes());
            memory.close();
        }
    }
}
