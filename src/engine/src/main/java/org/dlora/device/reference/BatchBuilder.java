package org.dlora.device.reference;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.dlora.device.KvLayout;
import org.dlora.device.RaggedBatch;

/**
 * Builder of the batch of a step. Its chunks are of different sequences, whose blocks lie scattered
 * over a cache.
 */
public final class BatchBuilder {
    private final List<RaggedBatch.Chunk> chunks = new ArrayList<>();
    private final int blocks;
    private int used;
    private int rows;

    /**
     * @param blocks of the cache
     */
    public BatchBuilder(int blocks) {
        this.blocks = blocks;
    }

    public int blocks() {
        return blocks;
    }

    /**
     * Adds a chunk of another sequence.
     *
     * @param firstPosition positions before it are in the cache already
     * @throws IllegalArgumentException if the cache has too few blocks
     */
    public BatchBuilder chunk(int firstPosition, int length) {
        int count = KvLayout.blocksFor(firstPosition + length);
        int first = used;
        used += count;
        if (used > blocks) {
            throw new IllegalArgumentException(
                    "the chunks take %d blocks, but the cache has %d".formatted(used, blocks));
        }
        int[] table = IntStream.range(0, count).map(i -> blocks - 1 - (first + i)).toArray();
        chunks.add(new RaggedBatch.Chunk(rows, length, firstPosition, table));
        rows += length;
        return this;
    }

    /** Returns the batch of the chunks; its tokens are all 0. */
    public RaggedBatch batch() {
        return batch(chunks);
    }

    /** Returns the batch that writes what must be in the cache before {@link #batch}. */
    public RaggedBatch past() {
        var past = new ArrayList<RaggedBatch.Chunk>();
        int row = 0;
        for (RaggedBatch.Chunk chunk : chunks) {
            if (chunk.firstPosition() > 0) {
                past.add(new RaggedBatch.Chunk(row, chunk.firstPosition(), 0, chunk.blockTable()));
                row += chunk.firstPosition();
            }
        }
        return batch(past);
    }

    private static RaggedBatch batch(List<RaggedBatch.Chunk> chunks) {
        int[] positions =
                chunks.stream()
                        .flatMapToInt(c ->
                                IntStream.range(c.firstPosition(), c.firstPosition() + c.rows()))
                        .toArray();
        return new RaggedBatch(new int[positions.length], positions, chunks);
    }
}
