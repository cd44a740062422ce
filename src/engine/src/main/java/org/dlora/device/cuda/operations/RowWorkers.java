package org.dlora.device.cuda.operations;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinTask;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.dlora.device.RowUse;
import org.jspecify.annotations.Nullable;

/** Threads of a replica that use rows of logits on the host, the caller's among them. */
final class RowWorkers implements AutoCloseable {
    private final int threads;
    private final ForkJoinPool pool;

    /**
     * @param threads the caller's included
     */
    RowWorkers(int threads) {
        this.threads = threads;
        this.pool = new ForkJoinPool(Math.max(1, threads - 1));
    }

    /**
     * Hands rows over, and waits until all were used.
     *
     * @param rows {@code [count][width]}
     */
    void forEach(MemorySegment rows, int count, int width, RowUse use) {
        var next = new AtomicInteger();
        var failure = new AtomicReference<@Nullable Throwable>();
        Runnable work = () -> use(rows, count, width, use, next, failure);
        int others = Math.min(threads, count) - 1;
        var tasks = new ForkJoinTask<?>[Math.max(0, others)];
        for (int i = 0; i < tasks.length; i++) {
            tasks[i] = pool.submit(work);
        }
        work.run();
        for (var task : tasks) {
            task.join();
        }
        switch (failure.get()) {
            case null -> {}
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            case Throwable e -> throw new IllegalStateException(e);
        }
    }

    private static void use(
            MemorySegment rows,
            int count,
            int width,
            RowUse use,
            AtomicInteger next,
            AtomicReference<@Nullable Throwable> failure) {
        var values = new float[width];
        for (int row = next.getAndIncrement(); row < count; row = next.getAndIncrement()) {
            MemorySegment.copy(rows, JAVA_FLOAT, 4L * row * width, values, 0, width);
            try {
                use.accept(row, values);
            } catch (RuntimeException | Error e) {
                failure.compareAndSet(null, e);
            }
        }
    }

    @Override
    public void close() {
        pool.shutdownNow();
    }
}
