package org.dlora.device.reference;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.List;
import org.dlora.device.KvCache;
import org.dlora.device.KvLayout;

/**
 * Keys and values of the plain device, by {@code [layer][block][slot][kvHead * headDim + d]}. The
 * copy of a block has its keys and values of all layers, as float32.
 */
record ReferenceCache(KvLayout layout, float[][][][] keys, float[][][][] values)
        implements KvCache {

    ReferenceCache(KvLayout layout) {
        this(layout, slots(layout), slots(layout));
    }

    private static float[][][][] slots(KvLayout layout) {
        int width = layout.kvHeads() * layout.headDim();
        return new float[layout.layers()][layout.blocks()][KvLayout.BLOCK_TOKENS][width];
    }

    @Override
    public long copyBytes() {
        long width = (long) layout.kvHeads() * layout.headDim();
        return 4L * 2 * layout.layers() * KvLayout.BLOCK_TOKENS * width;
    }

    @Override
    public void copyOut(int block, MemorySegment to) {
        var out = to.asByteBuffer().order(ByteOrder.nativeOrder()).asFloatBuffer();
        for (var half : List.of(keys, values)) {
            for (float[][][] layer : half) {
                for (float[] slot : layer[block]) {
                    out.put(slot);
                }
            }
        }
    }

    @Override
    public void copyIn(MemorySegment from, int block) {
        var in = from.asByteBuffer().order(ByteOrder.nativeOrder()).asFloatBuffer();
        for (var half : List.of(keys, values)) {
            for (float[][][] layer : half) {
                for (float[] slot : layer[block]) {
                    in.get(slot);
                }
            }
        }
    }

    @Override
    public boolean takes(MemorySegment copy) {
        return copy.byteSize() == copyBytes();
    }

    @Override
    public void close() {}
}
