package org.dlora.engine;

import java.util.Arrays;
import org.dlora.device.KvLayout;

/** The KV blocks of one sequence in position order. */
final class BlockTable {
    private int[] blocks = new int[4];
    private int size;

    int size() {
        return size;
    }

    int block(int i) {
        return blocks[i];
    }

    int[] toArray() {
        return Arrays.copyOf(blocks, size);
    }

    /** Takes blocks until {@code tokens} positions fit. */
    void cover(int tokens, BlockPool pool) {
        int needed = KvLayout.blocksFor(tokens);
        if (needed > blocks.length) {
            blocks = Arrays.copyOf(blocks, Math.max(needed, 2 * blocks.length));
        }
        while (size < needed) {
            blocks[size] = pool.take();
            size++;
        }
    }

    void release(BlockPool pool) {
        while (size > 0) {
            pool.give(blocks[--size]);
        }
    }
}
