package org.dlora.store.history;

import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import org.dlora.cluster.facts.StoreUnavailableException;
import org.dlora.cluster.history.HistoryKey;
import org.dlora.store.Database;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removal of old rows, a slice at a time, so that new rows are written between two slices. A slice
 * has more rows than a batch of new ones, so the history does not grow beyond its bound. Confined
 * to the writer's thread.
 */
final class HistoryPurge {
    private static final Logger log = LoggerFactory.getLogger(HistoryPurge.class);

    /** Rows of a slice: more than in a batch of new ones. */
    static final int SLICE = 250;

    private static final Duration BETWEEN = Duration.ofMinutes(10);
    private static final Duration AFTER_FAILURE = Duration.ofSeconds(8);

    /** Rows that are kept in memory where there is no file. */
    private static final long MAX_ROWS_IN_MEMORY = 20_000;

    private final Database database;
    private final HistorySettings settings;
    private final InstantSource clock;
    private final ArrayDeque<OldRows> old = new ArrayDeque<>();
    private long next = System.nanoTime();

    HistoryPurge(Database database, HistorySettings settings, InstantSource clock) {
        this.database = database;
        this.settings = settings;
        this.clock = clock;
    }

    /** Removes a slice of old rows if it is time, and returns how many. */
    int step() {
        long now = System.nanoTime();
        if (old.isEmpty() && now - next < 0) {
            return 0;
        }
        try {
            if (old.isEmpty()) {
                next = now + BETWEEN.toNanos();
                return begin();
            }
            return slice();
        } catch (StoreUnavailableException _) {
            return laterAgain(now);
        } catch (RuntimeException e) {
            log.error("Old rows of the history could not be removed", e);
            return laterAgain(now);
        }
    }

    private int laterAgain(long now) {
        old.clear();
        next = now + AFTER_FAILURE.toNanos();
        return 0;
    }

    /** Removes all old rows, and returns how many. */
    int all() {
        int removed = begin();
        while (!old.isEmpty()) {
            removed += slice();
        }
        return removed;
    }

    private int begin() {
        var now = clock.instant();
        long maxRows =
                database.isInMemory()
                        ? Math.min(settings.maxRows(), MAX_ROWS_IN_MEMORY)
                        : settings.maxRows();
        var oldestAudit = now.minus(settings.keepAudit());
        return database.with(
                HistoryTables.class,
                tables -> {
                    old.addAll(
                            tables.old(
                                    HistoryKey.least(now.minus(settings.keep())),
                                    maxRows,
                                    HistoryKey.least(oldestAudit)));
                    return tables.forgetSums(oldestAudit);
                });
    }

    private int slice() {
        var rows = old.element();
        int removed = database.with(HistoryTables.class, tables -> tables.forget(rows, SLICE));
        if (removed < SLICE) {
            old.remove();
        }
        return removed;
    }
}
