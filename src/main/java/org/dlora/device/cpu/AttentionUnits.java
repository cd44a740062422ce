package org.dlora.device.cpu;

import java.util.Arrays;
import org.dlora.device.AttentionShape;
import org.dlora.device.RaggedBatch;
import org.dlora.device.RaggedBatch.Chunk;

/**
 * The attention of a step cut into units that can be computed in any order: a few rows of a chunk,
 * for one kv head if there would be too few units else. The rows of a chunk with most to see come
 * first. Kept from step to step, so that hundreds of units make no objects.
 */
final class AttentionUnits {
    /** Queries of a unit: enough to use a block often while it is in the L1 cache. */
    private static final int QUERIES = 16;

    /** Units of a member from which on they need not be cut by kv heads. */
    private static final int ENOUGH = 8;

    private int kvHeads;
    private int headsAtOnce;
    private int strips;
    private long cost;
    private int[] chunk = new int[64];
    private int[] firstRow = new int[64];
    private int[] rows = new int[64];

    /** Forgets what was cut before. */
    void cut(RaggedBatch batch, AttentionShape shape, int members) {
        int group = shape.heads() / shape.kvHeads();
        int rowsAtOnce = Math.max(1, QUERIES / group);
        kvHeads = shape.kvHeads();
        strips = 0;
        cost = 0;
        for (int i = 0; i < batch.chunks().size(); i++) {
            Chunk each = batch.chunks().get(i);
            for (int end = each.rows(); end > 0; end -= rowsAtOnce) {
                int first = Math.max(0, end - rowsAtOnce);
                add(i, first, end - first);
                cost += 2L * (end - first) * (each.firstPosition() + end) * shape.outWidth();
            }
        }
        headsAtOnce = strips < ENOUGH * members ? 1 : kvHeads;
    }

    private void add(int index, int first, int count) {
        if (strips == chunk.length) {
            chunk = Arrays.copyOf(chunk, 2 * strips);
            firstRow = Arrays.copyOf(firstRow, 2 * strips);
            rows = Arrays.copyOf(rows, 2 * strips);
        }
        chunk[strips] = index;
        firstRow[strips] = first;
        rows[strips] = count;
        strips++;
    }

    int size() {
        return strips * cuts();
    }

    private int cuts() {
        return kvHeads / headsAtOnce;
    }

    /** Multiply-adds of all units. */
    long cost() {
        return cost;
    }

    /** Which chunk of the batch. */
    int chunk(int unit) {
        return chunk[unit / cuts()];
    }

    /** Counted from the chunk's first. */
    int firstRow(int unit) {
        return firstRow[unit / cuts()];
    }

    int rows(int unit) {
        return rows[unit / cuts()];
    }

    /** The first of {@link #kvHeads()}. */
    int kvHead(int unit) {
        return unit % cuts();
    }

    /** Kv heads of every unit. */
    int kvHeads() {
        return headsAtOnce;
    }
}
