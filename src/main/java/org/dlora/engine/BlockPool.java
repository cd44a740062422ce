package org.dlora.engine;

import java.util.BitSet;

/**
 * The replica's KV blocks by number: which are free, which are held. Last given back is taken
 * first, while it is warm.
 */
final class BlockPool {
    private final int[] free;
    private final BitSet held = new BitSet();
    private int available;

    BlockPool(int blocks) {
        free = new int[blocks];
        available = blocks;
        for (int i = 0; i < blocks; i++) {
            free[i] = blocks - 1 - i;
        }
    }

    int total() {
        return free.length;
    }

    int available() {
        return available;
    }

    boolean isHeld(int block) {
        return held.get(block);
    }

    /**
     * Takes a free block.
     *
     * @throws IllegalStateException if there is none
     */
    int take() {
        if (available == 0) {
            throw new IllegalStateException("All " + total() + " KV blocks are held");
        }
        int block = free[--available];
        held.set(block);
        return block;
    }

    /**
     * Gives a block back.
     *
     * @throws IllegalStateException if nobody holds it
     */
    void give(int block) {
        if (block < 0 || block >= total() || !held.get(block)) {
            throw new IllegalStateException(
                    "KV block " + block + " is not held, so it cannot be given back");
        }
        held.clear(block);
        free[available++] = block;
    }
}
