package org.dlora.device.cpu;

/**
 * A product cut into tiles of panels × blocks of rows, numbered tile by tile. A run of numbers is
 * at most three rectangles: the rest of a tile, whole tiles, the beginning of a tile.
 *
 * @param tiles number of tiles of panels
 * @param blocks number of blocks of rows
 */
record Rectangles(int tiles, int blocks) {

    /** Work on the tiles {@code fromTile .. toTile} and the blocks {@code fromBlock .. toBlock}. */
    @FunctionalInterface
    interface Work {
        void run(int fromTile, int toTile, int fromBlock, int toBlock);
    }

    int units() {
        return tiles * blocks;
    }

    /** The rectangles of the units {@code from .. to}. */
    void each(int from, int to, Work work) {
        if (from >= to) {
            return;
        }
        int tile = from / blocks;
        int last = to / blocks;
        if (tile == last) {
            work.run(tile, tile + 1, from % blocks, to % blocks);
            return;
        }
        if (from % blocks > 0) {
            work.run(tile, tile + 1, from % blocks, blocks);
            tile++;
        }
        if (tile < last) {
            work.run(tile, last, 0, blocks);
        }
        if (to % blocks > 0) {
            work.run(last, last + 1, 0, to % blocks);
        }
    }
}
