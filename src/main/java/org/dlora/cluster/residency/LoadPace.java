package org.dlora.cluster.residency;

import java.lang.management.ManagementFactory;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import org.dlora.adapter.UploadPace;

/**
 * Pace of loads beside running requests. While requests run, the loader's thread works for a small
 * share of the time, or at a set rate; otherwise it works at once. One thread at a time uses it.
 */
public final class LoadPace implements UploadPace {
    /**
     * Share of one processor that loads take while requests run. The thread team of a replica waits
     * for its slowest worker, so running streams lose at most about this share of their pace.
     */
    private static final double SHARE = 0.05;

    /** Nanoseconds after which a rest looks again whether requests run. */
    private static final long SLICE = 10_000_000;

    private final BooleanSupplier isBusy;
    private final long bytesPerSecond;
    private final LongSupplier cpuTime;
    private final LongConsumer sleep;
    private long worked;
    private volatile boolean ended;

    /**
     * @param isBusy whether requests run
     * @param bytesPerSecond rate of loads while requests run; 0 for a share of the processor
     */
    public LoadPace(BooleanSupplier isBusy, long bytesPerSecond) {
        this(
                isBusy,
                bytesPerSecond,
                ManagementFactory.getThreadMXBean()::getCurrentThreadCpuTime,
                LoadPace::sleep);
    }

    /**
     * @param cpuTime of the calling thread in nanoseconds
     * @param sleep lets it sleep for some nanoseconds
     */
    LoadPace(
            BooleanSupplier isBusy, long bytesPerSecond, LongSupplier cpuTime, LongConsumer sleep) {
        this.isBusy = isBusy;
        this.bytesPerSecond = bytesPerSecond;
        this.cpuTime = cpuTime;
        this.sleep = sleep;
    }

    @Override
    public void advanced(long bytes) {
        long now = cpuTime.getAsLong();
        long work = now - worked;
        worked = now;
        rest(
                bytesPerSecond > 0
                        ? (long) (1e9 * bytes / bytesPerSecond) - work
                        : (long) (work * (1 / SHARE - 1)));
    }

    /** Rests while requests run, as somebody waits for the load. */
    private void rest(long nanos) {
        for (long left = nanos; left > 0 && !ended && isBusy.getAsBoolean(); left -= SLICE) {
            sleep.accept(Math.min(left, SLICE));
        }
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
