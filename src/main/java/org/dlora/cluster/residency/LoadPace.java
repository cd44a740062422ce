package org.dlora.cluster.residency;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
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
    private static final double SHARE = 0.08;

    private final BooleanSupplier isBusy;
    private final long bytesPerSecond;
    private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    private long worked;

    /**
     * @param isBusy whether requests run
     * @param bytesPerSecond rate of loads while requests run; 0 for a share of the processor
     */
    public LoadPace(BooleanSupplier isBusy, long bytesPerSecond) {
        this.isBusy = isBusy;
        this.bytesPerSecond = bytesPerSecond;
    }

    @Override
    public void advanced(long bytes) {
        long now = threads.getCurrentThreadCpuTime();
        long work = now - worked;
        worked = now;
        if (isBusy.getAsBoolean()) {
            rest(
                    bytesPerSecond > 0
                            ? (long) (1e9 * bytes / bytesPerSecond)
                            : (long) (work * (1 / SHARE - 1)));
        }
    }

    private static void rest(long nanos) {
        try {
            TimeUnit.NANOSECONDS.sleep(nanos);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
