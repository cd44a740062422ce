package org.dlora.device.cpu.memory;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Pieces of memory that are wanted soon, which products load into the caches meanwhile. Each worker
 * has its share of them, described off the heap as {@code struct dlora_ahead}. One thread sets it,
 * while no worker multiplies; each worker takes its own structure.
 */
public final class LoadAhead implements AutoCloseable {
    /** Bytes that are loaded at most, as the caches have to keep them until they are used. */
    public static final long MOST_BYTES = 16L << 20;

    /** Bytes from a worker's structure to the next, on cache lines of their own. */
    private static final long APART = 2 * Memory.CACHE_LINE;

    private static final int MEMORY = 0;
    private static final int PIECES = 8;
    private static final int LINES = 16;
    private static final int COUNT = 20;
    private static final int PIECE = 24;
    private static final int LINE = 28;

    private final int workers;
    private final Scratch scratch = new Scratch();
    private MemorySegment memory = MemorySegment.NULL;
    private boolean isWanted;

    /**
     * @param workers 0 where nobody loads anything ahead
     */
    public LoadAhead(int workers) {
        this.workers = workers;
    }

    /** Returns whether anybody loads anything ahead. */
    public boolean isUsed() {
        return workers > 0;
    }

    /**
     * Sets the pieces; none is wanted yet.
     *
     * @param offsets of the pieces, in bytes
     * @param count the first ones of {@code offsets} that count
     * @param bytes of each piece
     */
    public void set(long[] offsets, int count, long bytes) {
        isWanted = false;
        long table = workers * APART;
        memory = scratch.atLeast(table + (long) Long.BYTES * count);
        MemorySegment.copy(offsets, 0, memory, JAVA_LONG, table, count);
        for (int worker = 0; worker < workers; worker++) {
            long at = worker * APART;
            int first = first(worker, count);
            memory.set(
                    JAVA_LONG, at + PIECES, memory.address() + table + (long) Long.BYTES * first);
            memory.set(
                    JAVA_INT, at + LINES, Math.toIntExact(Math.ceilDiv(bytes, Memory.CACHE_LINE)));
            memory.set(JAVA_INT, at + COUNT, first(worker + 1, count) - first);
        }
    }

    private int first(int worker, int count) {
        return (int) ((long) count * worker / workers);
    }

    /** Wants all pieces, whose offsets count from {@code address} on. */
    public void want(long address) {
        for (long at = 0; at < workers * APART; at += APART) {
            memory.set(JAVA_LONG, at + MEMORY, address);
            memory.set(JAVA_INT, at + PIECE, 0);
            memory.set(JAVA_INT, at + LINE, 0);
        }
        isWanted = true;
    }

    /** Wants nothing. */
    public void stop() {
        isWanted = false;
    }

    /** Returns the structure of a worker, for its products alone; null if nothing is wanted. */
    public @Nullable MemorySegment of(int worker) {
        return isWanted ? memory.asSlice(worker * APART, APART) : null;
    }

    @Override
    public void close() {
        scratch.close();
    }
}
