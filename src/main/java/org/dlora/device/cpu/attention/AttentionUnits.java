package org.dlora.device.cpu.attention;

import java.util.Arrays;
import java.util.List;
import org.dlora.device.AttentionShape;
import org.dlora.device.RaggedBatch;
import org.dlora.device.RaggedBatch.Chunk;

/**
 * Units of a step's attention, which can be computed in any order. A unit is a few rows of a chunk,
 * for one kv head only where there would be too few units else. The rows of a chunk that see most
 * positions come first. The units are cut once for all layers of one shape, into arrays that later
 * steps use again.
 */
final class AttentionUnits {
    /** Queries of a unit: enough to use a block often while it is in the L1 cache. */
    private static final int QUERIES = 16;

    /** Units per worker above which they are not cut by kv heads. */
    private static final int ENOUGH = 8;

    private RaggedBatch batch = new RaggedBatch(new int[0], new int[0], List.of());

    /** Query heads of the shape that the units are cut for; 0 before they are cut. */
    private int heads;

    private int kvHeads;
    private int headDim;
    private int headsAtOnce;
    private int strips;
    private long cost;
    private int[] chunk = new int[64];
    private int[] firstRow = new int[64];
    private int[] rows = new int[64];

    /** Takes the rows of the next step. */
    void begin(RaggedBatch next) {
        batch = next;
        heads = 0;
    }

    /** Cuts the units of the step for a shape, unless they are cut already. */
    void cut(AttentionShape shape, int workers) {
        if (shape.heads() == heads && shape.kvHeads() == kvHeads && shape.headDim() == headDim) {
            return;
        }
        heads = shape.heads();
        kvHeads = shape.kvHeads();
        headDim = shape.headDim();
        int rowsAtOnce = Math.max(1, QUERIES / (heads / kvHeads));
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
        headsAtOnce = strips < ENOUGH * workers ? 1 : kvHeads;
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

    /** Returns the multiply-adds of all units. */
    long cost() {
        return cost;
    }

    /** Returns the index of the unit's chunk in the batch. */
    int chunk(int unit) {
        return chunk[unit / cuts()];
    }

    /** Returns the unit's first row, counted from the chunk's first. */
    int firstRow(int unit) {
        return firstRow[unit / cuts()];
    }

    int rows(int unit) {
        return rows[unit / cuts()];
    }

    /** Returns the first of the unit's {@link #kvHeads()}. */
    int kvHead(int unit) {
        return unit % cuts();
    }

    /** Returns the number of kv heads of every unit. */
    int kvHeads() {
        return headsAtOnce;
    }
}
