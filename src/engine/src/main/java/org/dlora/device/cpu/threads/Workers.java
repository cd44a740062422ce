package org.dlora.device.cpu.threads;

import java.util.Arrays;
import org.dlora.device.cpu.memory.Scratch;

/**
 * The workers that compute the operations of one replica, with a scratch for each. They share only
 * work that is worth the hand-off.
 */
public final class Workers implements AutoCloseable {
    /** Multiply-adds below which a hand-off to other threads costs more than it gains. */
    private static final long ALONE = 1 << 16;

    /** Multiply-adds that take as long as an element of a row-wise operation. */
    private static final int ELEMENT_COST = 8;

    private final WorkerTeam team;
    private final Scratch[] scratches;
    private boolean pipelines;

    /**
     * @param team closed with this
     */
    public Workers(WorkerTeam team) {
        this.team = team;
        scratches = new Scratch[team.size()];
        Arrays.setAll(scratches, _ -> new Scratch());
    }

    /** Does {@link WorkerTeam#forChunks} with work of {@code cost} multiply-adds. */
    public void forChunks(int units, long cost, WorkerTeam.ChunkTask task) {
        team.forChunks(units, countFor(cost), task);
    }

    /** Does {@link #forChunks} with rows of which an operation touches {@code width} elements. */
    public void forRowChunks(int rows, int width, WorkerTeam.ChunkTask task) {
        forChunks(rows, (long) rows * width * ELEMENT_COST, task);
    }

    /**
     * Does {@link #forRowChunks} for an operation whose rows need results of the same rows alone.
     * Within a step it may return before it is done; see {@link WorkerTeam#pipeline}.
     */
    public void pipelineRows(int rows, int width, WorkerTeam.ChunkTask task) {
        pipeline(rows, (long) rows * width * ELEMENT_COST, task);
    }

    /** Does {@link #pipelineRows} with work of {@code cost} multiply-adds. */
    public void pipeline(int rows, long cost, WorkerTeam.ChunkTask task) {
        if (pipelines) {
            team.pipeline(rows, countFor(cost), task);
        } else {
            forChunks(rows, cost, task);
        }
    }

    /** Begins a step. */
    public void begin() {
        pipelines = true;
    }

    /** Ends a step: waits for its operations, and throws what one of them threw. */
    public void end() {
        pipelines = false;
        team.await();
    }

    /** Waits for the operations of the step so far, and throws what one of them threw. */
    public void await() {
        team.await();
    }

    /** Does {@link WorkerTeam#forUnits} with work of {@code cost} multiply-adds. */
    public void forUnits(int units, long cost, WorkerTeam.UnitTask task) {
        team.forUnits(units, countFor(cost), task);
    }

    /** Does {@link #forUnits} with rows of which an operation touches {@code width} elements. */
    public void forRows(int rows, int width, WorkerTeam.UnitTask task) {
        forUnits(rows, (long) rows * width * ELEMENT_COST, task);
    }

    public int size() {
        return team.size();
    }

    /** Returns the number of workers that pay for work of {@code cost} multiply-adds. */
    public int countFor(long cost) {
        return cost < ALONE ? 1 : team.size();
    }

    /** Returns the scratch of a worker, which alone uses it while it works. */
    public Scratch scratch(int worker) {
        return scratches[worker];
    }

    /** Ends the threads and frees the scratches. */
    @Override
    public void close() {
        team.close();
        for (Scratch scratch : scratches) {
            scratch.close();
        }
    }
}
