package org.dlora.security.limits;

import java.time.Duration;
import java.time.LocalDate;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.dlora.background.LastingWork;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Thread that keeps used tokens beside serving: it writes them every few seconds, and reads what
 * other servers have used: once a day all of it, else that of the last two days. While the database
 * is away they are counted in memory.
 */
public final class UsageWriter implements AutoCloseable {
    /** Time between two writes, which is the most that a killed server loses. */
    public static final Duration PERIOD = Duration.ofSeconds(2);

    private static final Logger log = LoggerFactory.getLogger(UsageWriter.class);
    private static final long CLOSING_SECONDS = 5;

    private final Limiter limiter;
    private final UsageStore store;
    private final ScheduledExecutorService thread =
            Executors.newSingleThreadScheduledExecutor(
                    Thread.ofPlatform().name("limits").daemon().factory());

    /** Day on which all counts of other runs were read last; null before that. */
    private @Nullable LocalDate begun;

    /** Counts of other runs until the day before the last one; they hardly change. */
    private List<UsageStore.Row> older = List.of();

    private boolean failed;

    public UsageWriter(Limiter limiter, UsageStore store) {
        this.limiter = limiter;
        this.store = store;
    }

    /**
     * Begins, once the database is open.
     *
     * @param isShared whether other servers may write to the database
     */
    public void start(boolean isShared) {
        var _ =
                thread.scheduleWithFixedDelay(
                        LastingWork.repeated("limits", () -> work(isShared)),
                        0,
                        PERIOD.toMillis(),
                        TimeUnit.MILLISECONDS);
    }

    /** Writes and reads once. */
    void work(boolean isShared) {
        try {
            var day = limiter.day();
            if (!day.equals(begun)) {
                begin(day);
            } else if (isShared) {
                publish(store.read(day.minusDays(1)));
            }
            write();
            failed = false;
        } catch (RuntimeException | Error e) {
            if (!failed) {
                log.warn(
                        "Used tokens could not be read or written, they are counted in memory: {}",
                        e.getMessage());
            }
            failed = true;
        }
    }

    /** Removes what is older than the last month, reads the rest whole, then merges it. */
    private void begin(LocalDate day) {
        var oldest = limiter.oldestDay();
        store.forget(oldest);
        var recent = day.minusDays(1);
        var all = store.read(oldest);
        older = all.stream().filter(row -> row.day().isBefore(recent)).toList();
        limiter.publish(all);
        begun = day;
        // Last: budgets need not wait for it.
        store.merge(day);
    }

    private void publish(List<UsageStore.Row> recent) {
        limiter.publish(Stream.concat(older.stream(), recent.stream()).toList());
    }

    /** Writes what was counted since the last time. */
    void write() {
        var rows = limiter.takeUnwritten();
        if (rows.isEmpty()) {
            return;
        }
        try {
            store.write(rows);
        } catch (RuntimeException | Error e) {
            limiter.giveBack(rows);
            throw e;
        }
    }

    /** Writes what was counted, for some seconds at most. */
    @Override
    public void close() {
        thread.execute(() -> {
            if (begun != null) {
                work(false);
            }
        });
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
