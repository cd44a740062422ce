package org.dlora.cluster.residency;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;
import org.dlora.scheduling.residency.LoadShare;

/**
 * Meter of the processors that are idle but for loads, over the last tenth of a second or more. One
 * thread at a time uses it.
 */
final class IdleProcessors {
    /** Nanoseconds between two samples. */
    private static final long PERIOD = 100_000_000;

    /** Nanoseconds after which a sample says nothing of the present. */
    private static final long STALE = 1_000_000_000;

    private final DoubleSupplier load;
    private final int processors;
    private final LongSupplier clock;
    private long sampled;
    private double usedBefore;
    private double share = LoadShare.LEAST;

    /**
     * @param load share of all processors that was in use since the last call; not in [0, 1] if
     *     that is not known
     * @param clock nanoseconds
     */
    IdleProcessors(DoubleSupplier load, int processors, LongSupplier clock) {
        this.load = load;
        this.processors = processors;
        this.clock = clock;
        sampled = clock.getAsLong();
        var _ = load.getAsDouble(); // The first sample begins here.
    }

    /** Returns the meter of this machine, or of the container. */
    static IdleProcessors ofMachine() {
        var system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
        return new IdleProcessors(
                system::getCpuLoad, Runtime.getRuntime().availableProcessors(), System::nanoTime);
    }

    /**
     * Returns the processors that loads may use.
     *
     * @param used nanoseconds of processor time that loads have used so far
     */
    double share(double used) {
        long now = clock.getAsLong();
        long passed = now - sampled;
        if (passed >= PERIOD) {
            double busy = load.getAsDouble();
            double others = Math.max(0, processors * busy - (used - usedBefore) / passed);
            boolean isKnown = busy >= 0 && busy <= 1 && passed <= STALE;
            share = LoadShare.of(isKnown ? processors - others : Double.NaN);
            sampled = now;
            usedBefore = used;
        }
        return share;
    }
}
