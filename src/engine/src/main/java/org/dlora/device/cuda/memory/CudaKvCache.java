package org.dlora.device.cuda.memory;

import static org.dlora.device.KvLayout.BLOCK_TOKENS;

import java.lang.foreign.MemorySegment;
import java.util.List;
import org.dlora.device.AttentionShape;
import org.dlora.device.CopyHeader;
import org.dlora.device.KvCache;
import org.dlora.device.KvLayout;
import org.dlora.device.arguments.Arguments;
import org.dlora.device.cuda.driver.Context;
import org.dlora.device.cuda.driver.DeviceBuffer;
import org.dlora.device.cuda.driver.Event;
import org.dlora.device.cuda.driver.Stream;
import org.dlora.tensor.DType;

/**
 * The paged KV cache on a GPU: for each layer {@code [block][K, V][kv head][16][head_dim]}, where
 * head_dim is rounded up to 8 with zeros behind the last element.
 */
public final class CudaKvCache implements KvCache {
    /** Version of the layout, counted up with every change. */
    private static final int VERSION = 1;

    private final KvLayout layout;
    private final String numericMode;
    private final CudaAccount account;
    private final BlockTransfers transfers;
    private final DeviceBuffer buffer;

    /** Recorded behind every step that uses the cache. */
    private final Event used;

    /**
     * @param numericMode of the device, which copies of blocks must share
     */
    public CudaKvCache(
            KvLayout layout,
            String numericMode,
            Context context,
            CudaAccount account,
            BlockTransfers transfers) {
        Arguments.storage("KV cache dtype", layout.dtype());
        this.layout = layout;
        this.numericMode = numericMode;
        this.account = account;
        this.transfers = transfers;
        this.buffer =
                account.allocate(
                        Math.multiplyExact(layout.layers() * blockBytes(), (long) layout.blocks()));
        this.used = new Event(context);
    }

    /** Returns the cache, if it is on a GPU and has the layer and the shape. */
    public static CudaKvCache of(KvCache cache, AttentionShape shape, int layer) {
        var kv = Arguments.own(CudaKvCache.class, cache, "a GPU");
        Arguments.index("cache layer", layer, kv.layout.layers());
        Arguments.check(
                kv.layout.kvHeads() == shape.kvHeads() && kv.layout.headDim() == shape.headDim(),
                () -> "%s does not fit %s".formatted(kv.layout, shape));
        return kv;
    }

    @Override
    public KvLayout layout() {
        return layout;
    }

    public boolean isBf16() {
        return layout.dtype() == DType.BF16;
    }

    /** Returns the address of a layer. */
    public long address(int layer) {
        return buffer.address() + layer * layerBytes();
    }

    private long blockBytes() {
        return 2L
                * layout.kvHeads()
                * BLOCK_TOKENS
                * StridedMatrix.stride(layout.headDim())
                * layout.dtype().bytes();
    }

    private long layerBytes() {
        return layout.blocks() * blockBytes();
    }

    /** Notes that the work of {@code stream} so far has used the cache. */
    public void usedBy(Stream stream) {
        stream.record(used);
    }

    private BlockTransfers.Layers layers() {
        return new BlockTransfers.Layers(
                buffer.address(), layout.layers(), layerBytes(), blockBytes());
    }

    private CopyHeader header() {
        return new CopyHeader(
                "KV block",
                "cuda-blocks%d-le-%s".formatted(VERSION, numericMode),
                layout.dtype(),
                List.of(layout.layers(), layout.kvHeads(), layout.headDim(), BLOCK_TOKENS),
                layout.layers() * blockBytes());
    }

    @Override
    public long copyBytes() {
        return header().copyBytes();
    }

    @Override
    public void copyOut(int block, MemorySegment to) {
        Arguments.index("cache block", block, layout.blocks());
        transfers.read(layers(), block, used, header().writeTo(to));
    }

    @Override
    public void copyIn(MemorySegment from, int block) {
        Arguments.index("cache block", block, layout.blocks());
        transfers.write(layers(), block, used, header().contentOf(from));
    }

    @Override
    public boolean takes(MemorySegment copy) {
        return header().matches(copy);
    }

    @Override
    public long bytes() {
        return buffer.bytes();
    }

    @Override
    public void close() {
        account.free(buffer);
        used.close();
    }
}
