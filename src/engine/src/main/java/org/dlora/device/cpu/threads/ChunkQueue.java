package org.dlora.device.cpu.threads;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.dlora.device.cpu.threads.WorkerTeam.ChunkTask;
import org.jspecify.annotations.Nullable;

/**
 * The chunks of one worker that are not computed yet, one for each of some operations, in their
 * order. Whoever takes the next one computes it: the worker, or a caller that would wait for it.
 * One chunk is computed at a time, for the next one may need its result.
 */
final class ChunkQueue {
    /** A power of two, so that the counts may go beyond the largest int. */
    private static final int CAPACITY = 16;

    private final @Nullable ChunkTask[] tasks = new ChunkTask[CAPACITY];
    private final int[] from = new int[CAPACITY];
    private final int[] to = new int[CAPACITY];
    private final AtomicBoolean isTaken = new AtomicBoolean();

    /** Chunks since the beginning; written by the caller of the team. */
    private volatile int offered;

    /** Chunks that are computed or dropped; written by the thread that has taken one. */
    private volatile int computed;

    /**
     * @param first the count of chunks to begin with
     */
    ChunkQueue(int first) {
        offered = first;
        computed = first;
    }

    boolean isFull() {
        return offered - computed == CAPACITY;
    }

    boolean isEmpty() {
        return offered == computed;
    }

    /** Returns whether there is a chunk that nobody computes. */
    boolean isWaiting() {
        return !isEmpty() && !isTaken.get();
    }

    /** Adds a chunk; there is room for it. */
    void offer(ChunkTask task, int first, int end) {
        int next = offered;
        int slot = slot(next);
        tasks[slot] = task;
        from[slot] = first;
        to[slot] = end;
        offered = next + 1;
    }

    private static int slot(int chunk) {
        return chunk & CAPACITY - 1;
    }

    /** Drops all chunks, once nobody computes any. */
    void clear() {
        Arrays.fill(tasks, null);
        computed = offered;
    }

    /**
     * Computes the next chunk.
     *
     * @param worker worker that computes it
     * @param failure takes what it throws, unless it has something
     * @return false if there is none, or somebody else computes it
     */
    boolean computeNext(int worker, AtomicReference<@Nullable Throwable> failure) {
        if (isEmpty() || !isTaken.compareAndSet(false, true)) {
            return false;
        }
        try {
            int next = computed;
            if (next == offered) {
                return false;
            }
            compute(slot(next), worker, failure);
            computed = next + 1;
            return true;
        } finally {
            isTaken.set(false);
        }
    }

    private void compute(int slot, int worker, AtomicReference<@Nullable Throwable> failure) {
        var task = tasks[slot];
        tasks[slot] = null;
        try {
            if (task != null) {
                task.run(worker, from[slot], to[slot]);
            }
        } catch (Throwable e) {
            failure.compareAndSet(null, e);
        }
    }
}
