package org.dlora.device.cpu.threads;

import java.util.concurrent.atomic.AtomicIntegerArray;

/**
 * The units of one {@link WorkerTeam#forUnits}, a queue for each worker. A worker takes the units
 * of its own queue one by one, then those that are left in the queues of others. A step has
 * hundreds of such operations, so the queues are used again.
 */
final class UnitQueues implements WorkerTeam.ChunkTask {
    /** Keeps counters of different workers on different cache lines. */
    private static final int CACHE_LINE_INTS = 16;

    private final AtomicIntegerArray taken;
    private int units;
    private int queues;
    private WorkerTeam.UnitTask task = (_, _) -> {};

    /**
     * @param workers of the team
     */
    UnitQueues(int workers) {
        taken = new AtomicIntegerArray(workers * CACHE_LINE_INTS);
    }

    /** Fills the queues for the next operation; to be called while no worker runs. */
    void fill(int units, int queues, WorkerTeam.UnitTask task) {
        this.units = units;
        this.queues = queues;
        this.task = task;
        for (int queue = 0; queue < queues; queue++) {
            taken.set(queue * CACHE_LINE_INTS, 0);
        }
    }

    @Override
    public void run(int worker, int from, int to) {
        for (int queue = worker; queue < worker + queues; queue++) {
            drain(queue % queues, worker);
        }
    }

    private void drain(int queue, int worker) {
        int first = WorkerTeam.bound(units, queue, queues);
        int count = WorkerTeam.bound(units, queue + 1, queues) - first;
        int counter = queue * CACHE_LINE_INTS;
        for (int i = taken.getAndIncrement(counter);
                i < count;
                i = taken.getAndIncrement(counter)) {
            task.run(worker, first + i);
        }
    }
}
