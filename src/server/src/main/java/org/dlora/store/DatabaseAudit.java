package org.dlora.store;

import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.dlora.audit.AuditEntry;
import org.dlora.background.LastingWork;
import org.dlora.catalogue.history.HistoryKey;
import org.dlora.cluster.facts.StoreUnavailableException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.scheduler.Schedulers;

/**
 * Writer of administrative actions beside the transactions of changes. Those that cannot be written
 * at once wait in a queue of their own, which requests have no part in. Thread-safe.
 */
public final class DatabaseAudit implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(DatabaseAudit.class);
    private static final Duration PAUSE = Duration.ofMillis(500);
    private static final Duration FLUSH = Duration.ofSeconds(5);

    private final Database database;
    private final HistoryKey keys;
    private final BlockingQueue<Waiting> queue;
    private final CountDownLatch closing = new CountDownLatch(1);
    private final Thread thread = LastingWork.thread("audit", this::run);

    /** Whether the database did not take the last action, so that others need not try. */
    private volatile boolean isAway;

    /** Whether what is left is lost, as there was no time to write it. */
    private volatile boolean isGivenUp;

    /**
     * An action that is not written yet.
     *
     * @param key of its row
     * @param isNew whether no transaction has written the row before
     */
    private record Waiting(long key, boolean isNew, AuditEntry entry) {}

    /**
     * @param capacity actions that wait at most; later ones are in the log alone
     */
    public DatabaseAudit(Database database, InstantSource clock, int capacity) {
        this.database = database;
        keys = new HistoryKey(clock, new SecureRandom());
        queue = new LinkedBlockingQueue<>(capacity);
        thread.start();
    }

    /**
     * Writes an action, or has it wait if the thread must not or the database is away.
     *
     * @param key of the row that the change's transaction has written, empty for none
     */
    public void write(Optional<Long> key, AuditEntry entry) {
        var row = waiting(key, entry);
        if (Schedulers.isInNonBlockingThread() || isAway || !written(row)) {
            wait(row);
        }
    }

    /** Has an action wait to be written, as {@link #write} does; returns at once. */
    public void later(Optional<Long> key, AuditEntry entry) {
        wait(waiting(key, entry));
    }

    private Waiting waiting(Optional<Long> key, AuditEntry entry) {
        return new Waiting(key.orElseGet(keys::next), key.isEmpty(), entry);
    }

    private void wait(Waiting row) {
        if (!queue.offer(row)) {
            lose(row);
        }
    }

    private static void lose(Waiting row) {
        log.error("An action is not in the audit, as the database is away: {}", row.entry());
    }

    private boolean written(Waiting row) {
        try {
            var _ =
                    RetriedTransaction.run(() ->
                            database.with(
                                    AuditRows.class,
                                    rows -> rows.write(row.key(), row.isNew(), row.entry())));
            isAway = false;
            return true;
        } catch (StoreUnavailableException e) {
            isAway = true;
            log.debug("The audit waits: {}", e.getMessage());
        } catch (RuntimeException e) {
            // It would keep all later ones waiting.
            log.error("An action was refused by the audit: {}", row.entry(), e);
            return true;
        }
        return false;
    }

    // The first one stays in the queue until it is written, so that it is never in neither.
    private void run() {
        try {
            while (!isGivenUp && (closing.getCount() > 0 || !queue.isEmpty())) {
                var first = queue.peek();
                if (first == null) {
                    var _ = closing.await(PAUSE.toMillis() / 10, TimeUnit.MILLISECONDS);
                } else if (written(first)) {
                    var _ = queue.remove();
                } else if (closing.await(PAUSE.toMillis(), TimeUnit.MILLISECONDS)) {
                    Thread.sleep(PAUSE.dividedBy(10));
                }
            }
        } catch (InterruptedException _) {
            // Nobody interrupts it: that would close H2's file.
        }
    }

    /** Writes what waits, for some seconds at most; the rest is in the log alone. */
    @Override
    public void close() {
        closing.countDown();
        try {
            if (!thread.join(FLUSH)) {
                isGivenUp = true;
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
        queue.forEach(DatabaseAudit::lose);
    }
}
