package org.dlora.background;

import java.util.concurrent.locks.LockSupport;

/**
 * Work of a background thread or timer that goes on after failures: a thread begins its loop anew,
 * a timer tries again with the next tick. Without it one {@link OutOfMemoryError} ends a loop for
 * good, and leaves a server that seems to serve.
 *
 * <p>A work that fails again and again for want of memory ends the process, see {@link
 * FailureLimit}: whoever started it starts another one.
 */
public final class LastingWork {
    private static final long PAUSE_NANOS = 1_000_000_000;

    private LastingWork() {}

    /**
     * Returns a daemon thread, not started, that runs {@code loop} until it returns. A loop that
     * throws begins anew after a second.
     */
    public static Thread thread(String name, Runnable loop) {
        return Thread.ofPlatform().name(name).daemon().unstarted(lasting(name, loop));
    }

    /** Returns {@code loop} for a thread: it begins anew after a second wherever it throws. */
    public static Runnable lasting(String name, Runnable loop) {
        return lasting(loop, FailureLimit.of(name), () -> LockSupport.parkNanos(loop, PAUSE_NANOS));
    }

    static Runnable lasting(Runnable loop, FailureLimit failures, Runnable pause) {
        var once = repeated(loop, failures);
        return () -> {
            while (!once.run()) {
                pause.run();
            }
        };
    }

    /** Returns {@code look} for a timer, which never throws, so that the timer goes on. */
    public static Runnable repeated(String name, Runnable look) {
        var once = repeated(look, FailureLimit.of(name));
        return () -> {
            var _ = once.run();
        };
    }

    /** Runs all steps of {@code name}, whatever earlier ones throw, which is logged. */
    public static void each(String name, Runnable... steps) {
        for (var step : steps) {
            repeated(name, step).run();
        }
    }

    static Attempt repeated(Runnable look, FailureLimit failures) {
        return () -> {
            try {
                look.run();
                return true;
            } catch (RuntimeException | Error e) {
                failures.failed(e);
                return false;
            }
        };
    }

    /** A run of work that throws nothing. */
    interface Attempt {
        /** Runs the work; returns whether it did not fail. */
        boolean run();
    }
}
