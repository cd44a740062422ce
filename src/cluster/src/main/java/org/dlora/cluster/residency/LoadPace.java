package org.dlora.cluster.residency;

import java.lang.management.ManagementFactory;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import org.dlora.adapter.weights.UploadPace;

/**
 * Pace of loads beside running requests. While requests run, all loads together use the processors
 * that would be idle and a small share of one that is not ({@link
 * org.dlora.scheduling.residency.LoadShare}), or move bytes at a set rate; otherwise they work at
 * once. Thread-safe.
 */
public final class LoadPace implements UploadPace {
    /** Nanoseconds after which a rest looks again whether requests run. */
    private static final long SLICE = 10_000_000;

    private final BooleanSupplier isBusy;
    private final boolean isOfBytes;
    private final LoadBudget budget;
    private final LongSupplier cpuTime;
    private final LongConsumer sleep;

    /** Processor time of each thread when it last came here. */
    private final ThreadLocal<Long> worked = ThreadLocal.withInitial(() -> 0L);

    private volatile boolean ended;

    /**
     * @param isBusy whether requests run
     * @param bytesPerSecond rate of loads while requests run; 0 for a share of the processors
     */
    public LoadPace(BooleanSupplier isBusy, long bytesPerSecond) {
        this(
                isBusy,
                bytesPerSecond > 0,
                bytesPerSecond > 0
                        ? new LoadBudget(_ -> bytesPerSecond / 1e9, System::nanoTime)
                        : new LoadBudget(IdleProcessors.ofMachine()::share, System::nanoTime),
                ManagementFactory.getThreadMXBean()::getCurrentThreadCpuTime,
                LoadPace::sleep);
    }

    /**
     * @param isOfBytes whether the budget is of bytes, else of nanoseconds of processor time
     * @param cpuTime of the calling thread in nanoseconds
     * @param sleep lets it sleep for some nanoseconds
     */
    LoadPace(
            BooleanSupplier isBusy,
            boolean isOfBytes,
            LoadBudget budget,
            LongSupplier cpuTime,
            LongConsumer sleep) {
        this.isBusy = isBusy;
        this.isOfBytes = isOfBytes;
        this.budget = budget;
        this.cpuTime = cpuTime;
        this.sleep = sleep;
    }

    @Override
    public void advanced(long bytes) {
        long now = cpuTime.getAsLong();
        long work = now - worked.get();
        worked.set(now);
        double booking = budget.book((double) (isOfBytes ? bytes : work), work);
        // Somebody waits for the load, so a rest ends as soon as no request runs.
        while (!ended && isBusy.getAsBoolean()) {
            double left = budget.unpaid(booking);
            if (left <= 0) {
                return;
            }
            sleep.accept((long) Math.ceil(Math.min(left, SLICE)));
        }
        budget.forgive();
    }

    @Override
    public void end() {
        ended = true;
    }

    private static void sleep(long nanos) {
        try {
            TimeUnit.NANOSECONDS.sleep(nanos);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
