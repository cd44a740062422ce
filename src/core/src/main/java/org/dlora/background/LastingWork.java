package org.dlora.background;

import java.util.Arrays;
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
            boolean isDone = false;
            while (!isDone) {
                try {
                    isDone = once.run();
                    if (!isDone) {
                        pause.run();
                    }
                } catch (RuntimeException | Error _) {
                    // Without memory even the pause can fail.
                }
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

    /**
     * Returns the run of all {@code steps}, whatever earlier ones throw, which is logged. It needs
     * no memory of its own.
     */
    public static Runnable each(String name, Runnable... steps) {
        var failures = FailureLimit.of(name);
        var attempts = Arrays.stream(steps).map(step -> repeated(step, failures)).toList();
        return () -> {
            for (int i = 0; i < attempts.size(); i++) {
                var _ = attempts.get(i).run();
            }
        };
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
