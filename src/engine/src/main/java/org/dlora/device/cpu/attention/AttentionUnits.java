package org.dlora.device.cpu.attention;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import org.dlora.device.AttentionShape;
import org.dlora.device.KvLayout;
import org.dlora.device.RaggedBatch;
import org.dlora.device.RaggedBatch.Chunk;
import org.dlora.device.cpu.memory.Scratch;

/**
 * Units of a step's attention, which can be computed in any order. A unit is a few rows of a chunk,
 * for one kv head only where there would be too few units else. The rows of a chunk that see most
 * positions come first. Workers take the units in runs, so that a call of a kernel is long enough
 * for the loads that run ahead in it.
 *
 * <p>The units are cut once for all layers of one shape, into arrays that later steps use again.
 * They are described off the heap as well, with the block tables of their sequences.
 */
public final class AttentionUnits implements AutoCloseable {
    /** Queries of a unit at least: those of a tile. */
    private static final int FEWEST = 16;

    /**
     * Queries of a unit at most: enough to use keys and values often while they are in the caches.
     */
    private static final int MOST = 128;

    /** Units per worker above which they are not cut by kv heads. */
    private static final int ENOUGH = 8;

    /** Multiply-adds of a run where units are small: some 20 µs. */
    private static final long RUN = 2L << 20;

    /** Bytes of {@code dlora_attention_unit}. */
    private static final int UNIT_BYTES = 32;

    private final Scratch memory = new Scratch();
    private RaggedBatch batch = new RaggedBatch(new int[0], new int[0], List.of());

    /** Query heads of the shape that the units are cut for; 0 before they are cut. */
    private int heads;

    private int kvHeads;
    private int headDim;
    private int headsAtOnce;
    private int strips;
    private int runs;
    private long cost;
    private int[] chunk = new int[64];
    private int[] firstRow = new int[64];
    private int[] rows = new int[64];

    /** End of each run among the units. */
    private int[] ends = new int[64];

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
        int most = rowsAtOnce(workers);
        strips = 0;
        cost = 0;
        for (int i = 0; i < batch.chunks().size(); i++) {
            int count = batch.chunks().get(i).rows();
            int equal = Math.ceilDiv(count, Math.ceilDiv(count, most));
            for (int end = count; end > 0; end -= equal) {
                int first = Math.max(0, end - equal);
                add(i, first, end - first);
                cost += cost(strips - 1);
            }
        }
        headsAtOnce = strips < ENOUGH * workers ? 1 : kvHeads;
        cutRuns(Math.min(RUN, cost / ((long) ENOUGH * workers)));
        describe();
    }

    /** Returns the rows of a unit that leave several units to each worker. */
    private int rowsAtOnce(int workers) {
        long queries = (long) batch.rows() * heads * 2 / ((long) ENOUGH * workers);
        return Math.max(1, Math.clamp(queries, FEWEST, MOST) / (heads / kvHeads));
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

    /** Returns the multiply-adds of rows with all of their heads. */
    private long cost(int strip) {
        int positions =
                batch.chunks().get(chunk[strip]).firstPosition() + firstRow[strip] + rows[strip];
        return 2L * rows[strip] * positions * heads * headDim;
    }

    private void cutRuns(long least) {
        int units = size();
        if (ends.length < units) {
            ends = new int[Math.max(units, 2 * ends.length)];
        }
        runs = 0;
        long run = 0;
        for (int unit = 0; unit < units; unit++) {
            run += cost(unit / cuts()) / cuts();
            if (run >= least || unit == units - 1) {
                ends[runs++] = unit + 1;
                run = 0;
            }
        }
    }

    /** Writes the units, and the block tables of all chunks behind them. */
    private void describe() {
        long tables = (long) UNIT_BYTES * size();
        long bytes = tables;
        for (Chunk each : batch.chunks()) {
            bytes += 4L * blocks(each);
        }
        MemorySegment segment = memory.atLeast(bytes);
        int unit = 0;
        for (int i = 0; i < batch.chunks().size(); i++) {
            Chunk each = batch.chunks().get(i);
            MemorySegment.copy(each.blockTable(), 0, segment, JAVA_INT, tables, blocks(each));
            for (; unit < size() && chunk(unit) == i; unit++) {
                long at = (long) UNIT_BYTES * unit;
                segment.set(JAVA_LONG, at, segment.address() + tables);
                segment.set(JAVA_INT, at + 8, each.firstPosition() + firstRow(unit));
                segment.set(JAVA_INT, at + 12, each.firstRow() + firstRow(unit));
                segment.set(JAVA_INT, at + 16, rows(unit));
                segment.set(JAVA_INT, at + 20, kvHead(unit));
                segment.set(JAVA_INT, at + 24, headsAtOnce);
            }
            tables += 4L * blocks(each);
        }
    }

    private static int blocks(Chunk chunk) {
        return KvLayout.blocksFor(chunk.firstPosition() + chunk.rows());
    }

    int size() {
        return strips * cuts();
    }

    private int cuts() {
        return kvHeads / headsAtOnce;
    }

    int runs() {
        return runs;
    }

    /** Returns the first unit of a run. */
    int from(int run) {
        return run == 0 ? 0 : ends[run - 1];
    }

    int to(int run) {
        return ends[run];
    }

    /** Returns the multiply-adds of all units. */
    long cost() {
        return cost;
    }

    /** Returns structures {@code dlora_attention_unit} of all units. */
    MemorySegment segment() {
        return memory.segment();
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

    @Override
    public void close() {
        memory.close();
    }
}
