package org.dlora.device.cpu.attention;

import java.util.Arrays;
import java.util.List;
import org.dlora.device.AttentionShape;
import org.dlora.device.KvLayout;
import org.dlora.device.RaggedBatch;
import org.dlora.device.RaggedBatch.Chunk;
import org.dlora.device.cpu.memory.CpuKvCache;
import org.dlora.device.cpu.memory.LoadAhead;
import org.jspecify.annotations.Nullable;

/**
 * The keys and values before a step's rows, which the attention of the next layer reads. The
 * products before it load them ahead, as attention is bound by memory and they are not.
 */
final class KeysAhead {
    private final LoadAhead ahead;
    private RaggedBatch batch = new RaggedBatch(new int[0], new int[0], List.of());

    /** The cache and window that the blocks were listed for. */
    private @Nullable CpuKvCache cache;

    private int window;
    private long[] offsets = new long[64];
    private int count;

    KeysAhead(LoadAhead ahead) {
        this.ahead = ahead;
    }

    /** Takes the rows of the next step. */
    void begin(RaggedBatch next) {
        ahead.stop();
        batch = next;
        cache = null;
    }

    /** Wants what layer {@code layer} reads, nothing where there is no such layer. */
    void want(AttentionShape shape, CpuKvCache kv, int layer) {
        if (layer == kv.layout().layers()) {
            ahead.stop();
            return;
        }
        if (kv != cache || shape.window() != window) {
            cache = kv;
            window = shape.window();
            list(kv);
            ahead.set(offsets, count, kv.blockBytes());
        }
        ahead.want(kv.address() + kv.keys(layer, 0, 0));
    }

    /** Lists the blocks of a layer, in the order in which attention takes them. */
    private void list(CpuKvCache kv) {
        count = 0;
        long most = LoadAhead.MOST_BYTES / kv.blockBytes();
        for (Chunk chunk : batch.chunks()) {
            int position = chunk.firstPosition();
            int first =
                    window == 0 ? 0 : Math.max(0, position + 1 - window) / KvLayout.BLOCK_TOKENS;
            for (int i = first; i < KvLayout.blocksFor(position) && count < most; i++) {
                add(kv.keys(0, chunk.blockTable()[i], 0));
            }
        }
    }

    private void add(long offset) {
        if (count == offsets.length) {
            offsets = Arrays.copyOf(offsets, 2 * count);
        }
        offsets[count++] = offset;
    }
}
