package org.dlora.device.cuda.operations;

import static org.dlora.device.arguments.Arguments.check;

import org.dlora.device.Activations;
import org.dlora.device.AttentionShape;
import org.dlora.device.KvCache;
import org.dlora.device.WeightVector;
import org.dlora.device.arguments.Arguments;
import org.dlora.device.cuda.driver.Stream;
import org.dlora.device.cuda.kernels.CudaAttentionKernels;
import org.dlora.device.cuda.kernels.CudaRowKernels;
import org.dlora.device.cuda.memory.CudaActivations;
import org.dlora.device.cuda.memory.CudaKvCache;
import org.dlora.device.cuda.memory.CudaVector;

/** The operations between the projections to q, k, v and the projection of the output. */
final class CudaAttention implements AutoCloseable {
    /**
     * Positions of a span, fixed so that a row's sums have one order whatever the batch. A block of
     * threads takes its 16 blocks of the cache with four warps.
     */
    private static final int SPAN = 256;

    /** Bytes of the sums of spans; more rows are attended in pieces. */
    private static final long MOST_SUM_BYTES = 64L << 20;

    private final CudaRowKernels rowKernels;
    private final CudaAttentionKernels kernels;
    private final CudaStepRows rows;
    private final RowPadding padding;
    private final CudaScratch sums;

    CudaAttention(
            CudaRowKernels rowKernels,
            CudaAttentionKernels kernels,
            CudaStepRows rows,
            RowPadding padding,
            Stream stream) {
        this.rowKernels = rowKernels;
        this.kernels = kernels;
        this.rows = rows;
        this.padding = padding;
        this.sums = new CudaScratch(stream);
    }

    private CudaActivations fused(Activations qkv, AttentionShape shape) {
        var x = CudaActivations.of(qkv);
        Arguments.rows(rows.count(), x);
        Arguments.width(x, "fused q, k, v", shape.qkvWidth());
        check(
                shape.heads() % shape.kvHeads() == 0,
                () ->
                        "%d query heads do not divide among %d kv heads"
                                .formatted(shape.heads(), shape.kvHeads()));
        return x;
    }

    void rope(Activations qkv, AttentionShape shape, WeightVector cos, WeightVector sin) {
        var x = fused(qkv, shape);
        var c = CudaVector.of(cos);
        var s = CudaVector.of(sin);
        check(
                shape.headDim() % 2 == 0,
                () -> "head dimension %d: rotation needs pairs".formatted(shape.headDim()));
        rows.checkPositions(2 * Math.min(c.size(), s.size()) / shape.headDim());
        rowKernels.rope(
                x.address(),
                padding.of(rows.count(), x),
                x.width(),
                shape.heads() + shape.kvHeads(),
                shape.headDim() / 2,
                rows.positions(),
                c.address(),
                s.address());
    }

    /** Stores keys and values, and returns the cache. */
    CudaKvCache writeKv(Activations qkv, AttentionShape shape, KvCache cache, int layer) {
        var x = fused(qkv, shape);
        var kv = CudaKvCache.of(cache, shape, layer);
        rows.checkBlocks(kv.layout().blocks());
        kernels.writeKv(
                kv.isBf16(),
                x.address(),
                padding.of(rows.count(), x),
                shape,
                rows.slots(),
                kv.address(layer));
        return kv;
    }

    /** Attends all rows, and returns the cache. */
    CudaKvCache attention(
            Activations qkv, AttentionShape shape, KvCache cache, int layer, Activations out) {
        var x = fused(qkv, shape);
        var o = CudaActivations.of(out);
        Arguments.rows(rows.count(), o);
        Arguments.width(o, "attention output", shape.outWidth());
        var kv = CudaKvCache.of(cache, shape, layer);
        rows.checkBlocks(kv.layout().blocks());
        check(
                shape.headDim() <= CudaAttentionKernels.MAX_HEAD_DIM,
                () ->
                        "head dimension %d: attention on GPUs takes at most %d"
                                .formatted(shape.headDim(), CudaAttentionKernels.MAX_HEAD_DIM));
        boolean areTiled =
                kv.isBf16() && shape.headDim() <= CudaAttentionKernels.MAX_TILED_HEAD_DIM;
        singles(x, shape, kv, layer, o, areTiled);
        if (areTiled) {
            kernels.attendTiles(
                    x.address(),
                    shape,
                    kv.address(layer),
                    rows.tiles(),
                    rows.tileCount(),
                    rows.singles().blocks(),
                    o.address());
        }
        return kv;
    }

    private void singles(
            CudaActivations x,
            AttentionShape shape,
            CudaKvCache kv,
            int layer,
            CudaActivations out,
            boolean areTiled) {
        int count = padding.of(rows.singleCount(areTiled), x, out);
        int spans = Math.ceilDiv(rows.singleContext(areTiled), SPAN);
        if (padding.isOn()) {
            spans = RowPadding.powerOfTwo(spans);
        }
        long heads = (long) shape.heads() * spans;
        long sumBytes = 4 * heads * shape.headDim();
        int most = Math.clamp(MOST_SUM_BYTES / Math.max(1, sumBytes), 1, Integer.MAX_VALUE);
        for (int first = 0; first < count; first += most) {
            int some = Math.min(most, count - first);
            long all = sums.atLeast(some * (sumBytes + 8 * heads));
            kernels.attend(
                    kv.isBf16(),
                    x.address(),
                    shape,
                    kv.address(layer),
                    rows.singles().from(first),
                    some,
                    SPAN,
                    spans,
                    // Pairs of floats first, which lie on a boundary of 8 bytes.
                    all + 8 * heads * some,
                    all,
                    out.address());
        }
    }

    @Override
    public void close() {
        sums.close();
    }
}
