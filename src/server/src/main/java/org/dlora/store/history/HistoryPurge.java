package org.dlora.store.history;

import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;
import org.dlora.background.LastingWork;
import org.dlora.catalogue.history.HistoryKey;
import org.dlora.cluster.facts.StoreUnavailableException;
import org.dlora.store.Database;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Remover of old rows, on a thread of its own beside the writer. A transaction removes a slice of
 * them, so that none holds what the writer needs for long.
 */
final class HistoryPurge implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(HistoryPurge.class);
    private static final Duration BETWEEN = Duration.ofMinutes(10);
    private static final Duration LAST_SLICE = Duration.ofSeconds(5);
    private static final Duration WHILE_AWAY = Duration.ofSeconds(8);

    /** Rows that are kept in memory where there is no file. */
    private static final long MAX_ROWS_IN_MEMORY = 20_000;

    private final Database database;
    private final HistorySettings settings;
    private final InstantSource clock;
    private final CountDownLatch closing = new CountDownLatch(1);
    private final Thread thread = LastingWork.thread("history-purge", this::run);

    HistoryPurge(Database database, HistorySettings settings, InstantSource clock) {
        this.database = database;
        this.settings = settings;
        this.clock = clock;
    }

    void start() {
        thread.start();
    }

    private void run() {
        var pause = Duration.ZERO;
        try {
            while (!closing.await(pause.toMillis(), TimeUnit.MILLISECONDS)) {
                pause = purge();
            }
        } catch (InterruptedException _) {
            // Nobody interrupts it; close() ends the wait.
        }
    }

    /** Removes old rows once, and returns the pause until the next time. */
    private Duration purge() {
        try {
            int removed = forget();
            log.debug("{} old rows of the history were removed", removed);
            return BETWEEN;
        } catch (StoreUnavailableException _) {
            return WHILE_AWAY;
        } catch (RuntimeException e) {
            log.error("Old rows of the history could not be removed", e);
            return BETWEEN;
        }
    }

    /** Removes rows that are too old or too many; returns their number. */
    int forget() {
        var now = clock.instant();
        long maxRows =
                database.isInMemory()
                        ? Math.min(settings.maxRows(), MAX_ROWS_IN_MEMORY)
                        : settings.maxRows();
        long key = HistoryKey.least(now.minus(settings.keep()));
        int removed = 0;
        for (var table : List.of("RequestRow", "EventRow", "ShadowRow")) {
            removed += forget(table, Math.max(key, keyBeyond(table, maxRows)));
        }
        removed += forget("AuditRow", HistoryKey.least(now.minus(settings.keepAudit())));
        var _ = database.with(HistoryTables.class, HistoryTables::showAllAudit);
        removed += slices(() -> database.with(ParametersTables.class, ParametersTables::forget));
        return removed
                + database.with(
                        HistoryTables.class,
                        tables -> tables.forgetSums(now.minus(settings.keepAudit())));
    }

    private long keyBeyond(String table, long maxRows) {
        return database.with(HistoryTables.class, tables -> tables.keyBeyond(table, maxRows));
    }

    /** Removes rows with keys below a bound, which servers on one database find alike. */
    private int forget(String table, long key) {
        return slices(
                () -> database.with(HistoryTables.class, tables -> tables.forgetSlice(table, key)));
    }

    /** Removes slices up to the one that is not full, or the end of the server. */
    private int slices(IntSupplier remove) {
        int removed = 0;
        for (int slice = HistoryTables.SLICE;
                slice == HistoryTables.SLICE && closing.getCount() > 0; ) {
            slice = remove.getAsInt();
            removed += slice;
        }
        return removed;
    }

    /** Ends after the slice that is being removed, so that nothing holds the database longer. */
    @Override
    public void close() {
        closing.countDown();
        try {
            if (thread.getState() != Thread.State.NEW) {
                var _ = thread.join(LAST_SLICE);
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
