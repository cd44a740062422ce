package org.dlora.device.cpu.attention;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemorySegment;
import org.dlora.device.KvLayout;
import org.dlora.device.cpu.kernels.Kernels;
import org.dlora.device.cpu.memory.Bfloat16;
import org.dlora.device.cpu.memory.CpuKvCache;

/** A bfloat16 tile of the KV cache as the Java kernels read it, in float32. */
final class WidenedTile {
    private WidenedTile() {}

    /** Widens a bfloat16 tile: K {@code [headDim][16]}, then V {@code [16][headDim]}. */
    static void widen(
            CpuKvCache cache,
            int layer,
            int block,
            int kvHead,
            Kernels kernels,
            MemorySegment out,
            long offset) {
        int tokens = KvLayout.BLOCK_TOKENS;
        int headDim = cache.layout().headDim();
        long keys = cache.keys(layer, block, kvHead);
        kernels.widenPairs(cache.segment(), keys, headDim / 2, tokens, out, offset);
        if (headDim % 2 == 1) {
            for (int slot = 0; slot < tokens; slot++) {
                short last =
                        cache.segment().get(JAVA_SHORT, keys + cache.pairedKey(headDim - 1, slot));
                long to = offset + 4L * ((headDim - 1) * tokens + slot);
                out.set(JAVA_FLOAT, to, Bfloat16.widen(last));
            }
        }
        long values = cache.values(layer, block, kvHead);
        long to = offset + 4L * tokens * headDim;
        kernels.widenPairs(cache.segment(), values, tokens / 2, headDim, out, to);
    }
}
