package org.dlora.device.cpu.threads;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A team of workers that compute one operation at a time. The caller is worker 0, threads of the
 * team are workers 1 and up. An operation is cut into chunks and ends with a barrier. A caller that
 * is done with its own chunk computes those that nobody has begun. So an operation does not wait
 * for a thread that has lost its processor to another program.
 *
 * <p>A step has hundreds of operations of some 20 to 200 µs, too short for an executor's queue. So
 * work is handed over through one volatile field per thread. A thread watches its field for {@value
 * #SPIN_NANOS} ns before it parks, so an idle team uses no CPU.
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
    private final AtomicInteger pending = new AtomicInteger();
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private final BooleanSupplier done = this::isDone;
    private final UnitQueues queues;
    private final long spinNanos;
    private volatile @Nullable Thread waiting;
    private boolean closed;

    /**
     * @param name what the threads are called, before their number
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
        if (closed) {
            throw new IllegalStateException("the operations of this CPU team were closed");
        }
        int chunks = Math.min(Math.min(workers, size()), units);
        if (chunks <= 1) {
            task.run(0, 0, units);
            return;
        }
        pending.set(chunks - 1);
        for (int i = 1; i < chunks; i++) {
            threads[i - 1].offer(task, bound(units, i, chunks), bound(units, i + 1, chunks));
        }
        try {
            task.run(0, 0, bound(units, 1, chunks));
        } catch (RuntimeException | Error e) {
            failure.compareAndSet(null, e);
        }
        for (int i = 1; i < chunks; i++) {
            if (threads[i - 1].revoke()) {
                runInstead(task, bound(units, i, chunks), bound(units, i + 1, chunks));
            }
        }
        await();
        rethrow();
    }

    /** Computes a chunk that its worker has not begun. */
    private void runInstead(ChunkTask task, int from, int to) {
        try {
            task.run(0, from, to);
        } catch (RuntimeException | Error e) {
            failure.compareAndSet(null, e);
        } finally {
            pending.decrementAndGet();
        }
    }

    /**
     * Does {@link #forChunks} for units of unequal cost. Workers take the units of their own chunk
     * one by one, whose data may be in their caches, then those that other workers have left.
     */
    public void forUnits(int units, int workers, UnitTask task) {
        int chunks = Math.min(Math.min(workers, size()), units);
        queues.fill(units, chunks, task);
        forChunks(chunks, chunks, queues);
    }

    /** Returns the first unit of a chunk. */
    public static int bound(int units, int chunk, int chunks) {
        return (int) ((long) units * chunk / chunks);
    }

    /** Waits at the barrier for the other workers. */
    private void await() {
        if (spin(done)) {
            return;
        }
        waiting = Thread.currentThread();
        while (!isDone()) {
            LockSupport.park(this);
        }
        waiting = null;
    }

    private boolean isDone() {
        return pending.get() == 0;
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

    /** Ends the threads and waits for them. */
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
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private final class WorkerThread extends Thread {
        private final BooleanSupplier called = this::isCalled;
        private final int worker;
        private int from;
        private int to;

        /** The task that it has not begun; who takes it away computes it. */
        private final AtomicReference<@Nullable ChunkTask> offered = new AtomicReference<>();

        private volatile boolean parked;
        private volatile boolean ended;

        WorkerThread(String name, int worker) {
            super(name);
            this.worker = worker;
            setDaemon(true);
        }

        void offer(ChunkTask work, int first, int end) {
            from = first;
            to = end;
            offered.set(work);
            wake();
        }

        /** Takes back what was offered; returns whether the worker had not begun it. */
        boolean revoke() {
            return offered.getAndSet(null) != null;
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
            for (ChunkTask work = take(); work != null; work = take()) {
                try {
                    work.run(worker, from, to);
                } catch (Throwable e) {
                    failure.compareAndSet(null, e);
                }
                if (pending.decrementAndGet() == 0) {
                    LockSupport.unpark(waiting);
                }
            }
        }

        /** Waits for the next task and returns it; null at the end. */
        private @Nullable ChunkTask take() {
            while (true) {
                if (!spin(called)) {
                    parked = true;
                    while (!isCalled()) {
                        LockSupport.park(WorkerTeam.this);
                    }
                    parked = false;
                }
                var work = offered.getAndSet(null);
                if (work != null || ended) {
                    return work;
                }
            }
        }

        private boolean isCalled() {
            return offered.get() != null || ended;
        }
    }
}
