package org.dlora.security;

import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.dlora.background.LastingWork;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Threads that keep keys up to date beside serving. One reads what other servers have changed, and
 * writes when keys were used last; it may wait for the database. The other ends the calls of
 * expired keys, and waits for nothing. Keys in effect stay so while the database is away.
 */
public final class KeyRefresh implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(KeyRefresh.class);
    private static final Duration AGAIN = Duration.ofSeconds(5);
    private static final Duration LOOK = Duration.ofSeconds(1);
    private static final Duration USES = Duration.ofMinutes(1);
    private static final long CLOSING_SECONDS = 5;

    private final KeyService keys;
    private final ScheduledExecutorService thread = thread("keys");
    private final ScheduledExecutorService ends = thread("keys-expired");
    private boolean failed;

    public KeyRefresh(KeyService keys) {
        this.keys = keys;
    }

    private static ScheduledExecutorService thread(String name) {
        return Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().name(name).daemon().factory());
    }

    /**
     * Begins.
     *
     * @param period between two looks at the store
     * @param isShared whether other servers may change it
     */
    public void start(Duration period, boolean isShared) {
        every(period, isShared ? keys::refresh : () -> {});
        var _ =
                ends.scheduleWithFixedDelay(
                        LastingWork.repeated("keys-expired", this::endCalls),
                        LOOK.toMillis(),
                        LOOK.toMillis(),
                        TimeUnit.MILLISECONDS);
        every(USES, keys::writeUses);
    }

    /** Reads the keys on the thread; tries again until it succeeds. */
    public void read() {
        thread.execute(() -> {
            if (!run(keys::refresh)) {
                var _ = thread.schedule(this::read, AGAIN.toSeconds(), TimeUnit.SECONDS);
            }
        });
    }

    /** Has work done again and again on the thread that may wait for the database. */
    public void every(Duration period, Runnable work) {
        var _ =
                thread.scheduleWithFixedDelay(
                        LastingWork.repeated("keys", () -> run(work)),
                        period.toNanos(),
                        period.toNanos(),
                        TimeUnit.NANOSECONDS);
    }

    private void endCalls() {
        try {
            keys.endCalls();
        } catch (RuntimeException | Error e) {
            log.error("The calls of expired keys could not be ended", e);
        }
    }

    private boolean run(Runnable work) {
        try {
            work.run();
            failed = false;
            return true;
        } catch (RuntimeException | Error e) {
            if (!failed) {
                log.warn(
                        "Keys could not be read or written, those in effect stay so: {}",
                        e.getMessage());
            }
            failed = true;
            return false;
        }
    }

    /** Writes the last uses, for some seconds at most. */
    @Override
    public void close() {
        var _ = ends.shutdownNow();
        thread.execute(() -> run(keys::writeUses));
        thread.shutdown();
        try {
            if (!thread.awaitTermination(CLOSING_SECONDS, TimeUnit.SECONDS)) {
                var _ = thread.shutdownNow();
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
