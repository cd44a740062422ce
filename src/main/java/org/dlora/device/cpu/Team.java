package org.dlora.device.cpu;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The caller and a fixed set of threads that work on one thing at a time. A step has hundreds of
 * operations of some 20 to 200 µs, too short for an executor's queue: work is handed over through
 * one volatile field per worker, which the worker watches for {@value #SPIN_NANOS} ns before it
 * parks. So an idle team uses no CPU.
 */
final class Team implements AutoCloseable {

    /**
     * Work on the units {@code from .. to} of an operation, by member 0, the caller, or a worker, 1
     * and up.
     */
    @FunctionalInterface
    interface Share {
        void run(int member, int from, int to);
    }

    /** Work on one unit of an operation. */
    @FunctionalInterface
    interface Unit {
        void run(int member, int unit);
    }

    private static final long SPIN_NANOS = 50_000;

    private final Worker[] workers;
    private final AtomicInteger pending = new AtomicInteger();
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private final BooleanSupplier done = this::isDone;
    private final Claims claims;
    private final long spinNanos;
    private volatile @Nullable Thread waiting;
    private boolean closed;

    /**
     * @param name what the threads are called, before their number
     * @param size the caller included, at least 1
     */
    Team(String name, int size) {
        this(name, size, Thread::start);
    }

    /**
     * @param start starts a thread; where it throws, none stays
     */
    Team(String name, int size, Consumer<Thread> start) {
        // More threads than processors only take time from each other by spinning.
        spinNanos = size <= Runtime.getRuntime().availableProcessors() ? SPIN_NANOS : 0;
        claims = new Claims(size);
        workers = new Worker[size - 1];
        for (int i = 0; i < workers.length; i++) {
            workers[i] = new Worker(name + "-" + (i + 1), i + 1);
        }
        try {
            for (Worker worker : workers) {
                start.accept(worker);
            }
        } catch (RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    int size() {
        return workers.length + 1;
    }

    /**
     * Cuts {@code units} into equal runs, always the same for the same arguments, and has each of
     * {@code members} members do one. Returns when all are done; then throws what a member threw,
     * if one did.
     */
    void split(int units, int members, Share share) {
        if (closed) {
            throw new IllegalStateException("the operations of this CPU team were closed");
        }
        int parts = Math.min(Math.min(members, size()), units);
        if (parts <= 1) {
            share.run(0, 0, units);
            return;
        }
        pending.set(parts - 1);
        for (int i = 1; i < parts; i++) {
            workers[i - 1].offer(share, bound(units, i, parts), bound(units, i + 1, parts));
        }
        try {
            share.run(0, 0, bound(units, 1, parts));
        } catch (RuntimeException | Error e) {
            failure.compareAndSet(null, e);
        }
        await();
        rethrow();
    }

    /**
     * As {@link #split}, for units of unequal cost: members take unit by unit, those of their own
     * run first, as they may have what these need in their caches, then those that others have
     * left.
     */
    void claim(int units, int members, Unit unit) {
        int parts = Math.min(Math.min(members, size()), units);
        claims.open(units, parts, unit);
        split(parts, parts, claims);
    }

    /** Where a part of a {@link #split} begins. */
    static int bound(int units, int part, int parts) {
        return (int) ((long) units * part / parts);
    }

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

    /** Ends the workers and waits for them. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        boolean interrupted = false;
        for (Worker worker : workers) {
            worker.end();
            while (worker.isAlive()) {
                try {
                    worker.join();
                } catch (InterruptedException _) {
                    interrupted = true;
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private final class Worker extends Thread {
        private final BooleanSupplier called = this::isCalled;
        private final int member;
        private int from;
        private int to;
        private volatile @Nullable Share share;
        private volatile boolean parked;
        private volatile boolean ended;

        Worker(String name, int member) {
            super(name);
            this.member = member;
            setDaemon(true);
        }

        void offer(Share work, int first, int end) {
            from = first;
            to = end;
            share = work;
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
            for (Share work = take(); work != null; work = take()) {
                try {
                    work.run(member, from, to);
                } catch (Throwable e) {
                    failure.compareAndSet(null, e);
                }
                share = null;
                if (pending.decrementAndGet() == 0) {
                    LockSupport.unpark(waiting);
                }
            }
        }

        /** The next work; null at the end. */
        private @Nullable Share take() {
            if (!spin(called)) {
                parked = true;
                while (!isCalled()) {
                    LockSupport.park(Team.this);
                }
                parked = false;
            }
            return share;
        }

        private boolean isCalled() {
            return share != null || ended;
        }
    }
}
