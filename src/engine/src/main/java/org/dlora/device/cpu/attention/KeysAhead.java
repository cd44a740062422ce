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

    /** The window of each layer, as far as it was seen. */
    private int[] windows = new int[0];

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

    /**
     * Wants what the layer behind {@code layer} reads, nothing behind the last one.
     *
     * @param shape of layer {@code layer}; the next one's window is that of the step before, in the
     *     first step that of the first layer
     */
    void wantBehind(int layer, AttentionShape shape, CpuKvCache kv) {
        if (!ahead.isUsed()) {
            return;
        }
        int layers = kv.layout().layers();
        if (windows.length != layers) {
            windows = new int[layers];
            Arrays.fill(windows, shape.window());
        }
        windows[layer] = shape.window();
        int next = layer + 1;
        if (next == layers) {
            ahead.stop();
            return;
        }
        if (kv != cache || windows[next] != window) {
            cache = kv;
            window = windows[next];
            list(kv);
            ahead.set(offsets, count, kv.blockBytes());
        }
        ahead.want(kv.address() + kv.keys(next, 0, 0));
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
