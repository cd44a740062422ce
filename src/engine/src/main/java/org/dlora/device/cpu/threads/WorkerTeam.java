package org.dlora.device.cpu.threads;

import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A team of workers that compute operations. The caller is worker 0, threads of the team are
 * workers 1 and up. An operation is cut into chunks and ends with a barrier, unless the next one
 * can follow it chunk by chunk: {@link #pipeline}. A caller that is done with its own chunks
 * computes those that nobody has begun. So an operation does not wait for a thread that has lost
 * its processor to another program.
 *
 * <p>A step has hundreds of operations of some 20 to 200 µs, too short for an executor's queue. So
 * work is handed over through volatile fields. A thread watches its own for {@value #SPIN_NANOS} ns
 * before it parks, so an idle team uses no CPU.
 */
public final class WorkerTeam implements AutoCloseable {
    /** Work on a chunk of an operation. */
    @FunctionalInterface
    public interface ChunkTask {
        /** Computes the units {@code from .. to}. */
        void run(int worker, int from, int to);
    }

    /** Work on one unit of an operation. */
    @FunctionalInterface
    public interface UnitTask {
        /** Computes one unit. */
        void run(int worker, int unit);
    }

    /** Time for which a worker watches for the next operation before it parks. */
    private static final long SPIN_NANOS = 50_000;

    private final WorkerThread[] threads;
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private final BooleanSupplier done = this::isDone;
    private final UnitQueues queues;
    private final long spinNanos;
    private volatile @Nullable Thread waiting;
    private boolean closed;

    /** Units and chunks of the operations that are not awaited yet; 0 where there are none. */
    private int pipelinedUnits;

    private int pipelinedChunks;

    /**
     * @param name prefix of the threads' names, before their number
     * @param size the caller included, at least 1
     */
    public WorkerTeam(String name, int size) {
        this(name, size, Thread::start);
    }

    /**
     * @param start starts a thread; where it throws, none stays
     */
    WorkerTeam(String name, int size, Consumer<Thread> start) {
        // More threads than processors only take time from each other by spinning.
        spinNanos = size <= Runtime.getRuntime().availableProcessors() ? SPIN_NANOS : 0;
        queues = new UnitQueues(size);
        threads = new WorkerThread[size - 1];
        for (int i = 0; i < threads.length; i++) {
            threads[i] = new WorkerThread(name + "-" + (i + 1), i + 1);
        }
        try {
            for (WorkerThread thread : threads) {
                start.accept(thread);
            }
        } catch (RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    public int size() {
        return threads.length + 1;
    }

    /**
     * Cuts units into equal chunks and has each of {@code workers} workers compute one. The chunks
     * are always the same for the same arguments. Returns when all are done, then throws what a
     * worker threw.
     */
    public void forChunks(int units, int workers, ChunkTask task) {
        int chunks = chunks(units, workers);
        await();
        computeAll(units, chunks, task);
    }

    /** Computes an operation once all others are done, and waits for it. */
    private void computeAll(int units, int chunks, ChunkTask task) {
        if (chunks <= 1) {
            task.run(0, 0, units);
            return;
        }
        compute(units, chunks, task);
        await();
    }

    /**
     * Does {@link #forChunks}, but may return before the other workers are done. A worker computes
     * its chunks of such operations in the order of the calls, without waiting for those of other
     * workers. So units may need results of the same units alone. Any other operation, one with
     * other chunks and {@link #await} wait for all of them. What a worker threw is thrown by one of
     * these or by the next operation; workers may compute further ones before that.
     */
    public void pipeline(int units, int workers, ChunkTask task) {
        int chunks = chunks(units, workers);
        boolean follows = units == pipelinedUnits && chunks == pipelinedChunks && !isFull();
        if (!follows || failure.get() != null) {
            await();
        }
        if (chunks <= 1) {
            task.run(0, 0, units);
            return;
        }
        pipelinedUnits = units;
        pipelinedChunks = chunks;
        compute(units, chunks, task);
    }

    private int chunks(int units, int workers) {
        if (closed) {
            throw new IllegalStateException("the operations of this CPU team were closed");
        }
        return Math.min(Math.min(workers, size()), units);
    }

    private boolean isFull() {
        for (WorkerThread thread : threads) {
            if (thread.chunks.isFull()) {
                return true;
            }
        }
        return false;
    }

    /** Hands chunks to the other workers and computes the caller's own. */
    private void compute(int units, int chunks, ChunkTask task) {
        for (int i = 1; i < chunks; i++) {
            threads[i - 1].offer(task, bound(units, i, chunks), bound(units, i + 1, chunks));
        }
        try {
            task.run(0, 0, bound(units, 1, chunks));
        } catch (RuntimeException | Error e) {
            failure.compareAndSet(null, e);
        }
    }

    /**
     * Does {@link #forChunks} for units of unequal cost. Workers take the units of their own chunk
     * one by one, whose data may be in their caches, then those that other workers have left.
     */
    public void forUnits(int units, int workers, UnitTask task) {
        int chunks = chunks(units, workers);
        await();
        queues.fill(units, chunks, task);
        computeAll(chunks, chunks, queues);
    }

    /** Returns the first unit of a chunk. */
    public static int bound(int units, int chunk, int chunks) {
        return (int) ((long) units * chunk / chunks);
    }

    /** Waits at the barrier for all operations, then throws what a worker threw. */
    public void await() {
        while (!isDone()) {
            if (!computeWaiting() && !spin(done) && !computeWaiting()) {
                park();
            }
        }
        pipelinedUnits = 0;
        pipelinedChunks = 0;
        rethrow();
    }

    /** Computes chunks that nobody has begun; returns whether there were any. */
    private boolean computeWaiting() {
        boolean any = false;
        for (WorkerThread thread : threads) {
            while (thread.chunks.computeNext(0, failure)) {
                any = true;
            }
        }
        return any;
    }

    /** Waits until a worker is done with a chunk, or without a reason. */
    private void park() {
        waiting = Thread.currentThread();
        if (!isDone()) {
            LockSupport.park(this);
        }
        waiting = null;
    }

    private boolean isDone() {
        for (WorkerThread thread : threads) {
            if (!thread.chunks.isEmpty()) {
                return false;
            }
        }
        return true;
    }

    private void rethrow() {
        switch (failure.getAndSet(null)) {
            case null -> {}
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            case Throwable e -> throw new IllegalStateException(e);
        }
    }

    // Yields, as what it waits for may need this processor; nothing relies on that.
    @SuppressWarnings("ThreadPriorityCheck")
    private boolean spin(BooleanSupplier until) {
        if (until.getAsBoolean()) {
            return true;
        }
        long end = System.nanoTime() + spinNanos;
        do {
            for (int i = 0; i < 32; i++) {
                if (until.getAsBoolean()) {
                    return true;
                }
                Thread.onSpinWait();
            }
            Thread.yield();
        } while (System.nanoTime() - end < 0);
        return false;
    }

    /** Ends the threads and waits for them; chunks that none has begun are dropped. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        boolean interrupted = false;
        for (WorkerThread thread : threads) {
            thread.end();
            while (thread.isAlive()) {
                try {
                    thread.join();
                } catch (InterruptedException _) {
                    interrupted = true;
                }
            }
            thread.chunks.clear();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private final class WorkerThread extends Thread {
        private final ChunkQueue chunks = new ChunkQueue(0);
        private final BooleanSupplier called = this::isCalled;
        private final int worker;
        private volatile boolean parked;
        private volatile boolean ended;

        WorkerThread(String name, int worker) {
            super(name);
            this.worker = worker;
            setDaemon(true);
        }

        void offer(ChunkTask work, int first, int end) {
            chunks.offer(work, first, end);
            wake();
        }

        void end() {
            ended = true;
            wake();
        }

        private void wake() {
            if (parked) {
                LockSupport.unpark(this);
            }
        }

        @Override
        public void run() {
            while (!ended) {
                while (!ended && chunks.computeNext(worker, failure)) {
                    LockSupport.unpark(waiting);
                }
                watch();
            }
        }

        /** Waits for the next chunk, or the end. */
        private void watch() {
            if (spin(called)) {
                return;
            }
            parked = true;
            while (!isCalled()) {
                LockSupport.park(WorkerTeam.this);
            }
            parked = false;
        }

        private boolean isCalled() {
            return chunks.isWaiting() || ended;
        }
    }
}
