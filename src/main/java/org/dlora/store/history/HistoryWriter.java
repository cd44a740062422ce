package org.dlora.store.history;

import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.dlora.background.LastingWork;
import org.dlora.cluster.facts.StoreUnavailableException;
import org.dlora.cluster.history.HistoryKey;
import org.dlora.store.Database;
import org.dlora.store.RetriedTransaction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writer of the history: a bounded queue, and the thread that empties it in batches. While the
 * database is away the rows wait; those that find the queue full are counted and dropped.
 */
final class HistoryWriter implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(HistoryWriter.class);
    private static final int BATCH = 200;

    /** Time in which rows gather: longer ones cost less, as each transaction adds to the sums. */
    private static final Duration GATHER = Duration.ofSeconds(1);

    /** Time after which the writer looks whether it is closed. */
    private static final Duration LOOK = Duration.ofMillis(100);

    private static final Duration FIRST_PAUSE = Duration.ofMillis(500);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(8);
    private static final Duration FLUSH = Duration.ofSeconds(5);
    private static final Duration BETWEEN_CLEANUPS = Duration.ofMinutes(10);

    /** Rows that are kept in memory where there is no file. */
    private static final long MAX_ROWS_IN_MEMORY = 20_000;

    private final Database database;
    private final HistorySettings settings;
    private final InstantSource clock;
    private final BlockingQueue<Row> queue;
    private final HistoryMeters meters;
    private final CountDownLatch closing = new CountDownLatch(1);
    private final Thread thread = LastingWork.thread("history", this::run);
    private long nextCleanup;

    /** Rows that are out of the queue and not written. */
    private volatile int inHand;

    /** Whether the rows that are left are lost, as there was no time to write them. */
    private volatile boolean isGivenUp;

    HistoryWriter(
            Database database,
            HistorySettings settings,
            InstantSource clock,
            MeterRegistry registry) {
        this.database = database;
        this.settings = settings;
        this.clock = clock;
        queue = new LinkedBlockingQueue<>(settings.queue());
        meters = new HistoryMeters(registry, queue);
    }

    void start() {
        thread.start();
    }

    /** Takes a row to be written; returns at once. */
    void add(Row row) {
        if (!queue.offer(row)) {
            meters.dropped.increment();
        }
    }

    private void run() {
        while (!isGivenUp && (closing.getCount() > 0 || !queue.isEmpty())) {
            try {
                var batch = batch();
                inHand = batch.size();
                if (!batch.isEmpty()) {
                    write(batch);
                }
                inHand = 0;
                cleanUp();
            } catch (InterruptedException _) {
                // close() has waited long enough.
                return;
            } catch (RuntimeException | Error e) {
                meters.failed.increment(inHand);
                inHand = 0;
                log.error("The history could not be written", e);
            }
        }
    }

    /** Gathers rows for a while, so that a transaction has several of them. */
    private List<Row> batch() throws InterruptedException {
        var batch = new ArrayList<Row>(BATCH);
        var first = queue.poll(LOOK.toMillis(), TimeUnit.MILLISECONDS);
        if (first == null) {
            return batch;
        }
        batch.add(first);
        long end = System.nanoTime() + GATHER.toNanos();
        while (batch.size() < BATCH && closing.getCount() > 0 && System.nanoTime() - end < 0) {
            var next = queue.poll(LOOK.toMillis(), TimeUnit.MILLISECONDS);
            if (next != null) {
                batch.add(next);
            }
        }
        queue.drainTo(batch, BATCH - batch.size());
        return batch;
    }

    /** Writes a batch, however long the database is away, or until the server has ended. */
    private void write(List<Row> batch) throws InterruptedException {
        var pause = FIRST_PAUSE;
        while (!isGivenUp) {
            try {
                writeOnce(batch);
                return;
            } catch (StoreUnavailableException e) {
                log.debug("The history waits: {}", e.getMessage());
                boolean isClosing = closing.await(pause.toMillis(), TimeUnit.MILLISECONDS);
                if (isClosing) {
                    Thread.sleep(FIRST_PAUSE.dividedBy(10));
                }
                pause = pause.multipliedBy(2);
                pause = pause.compareTo(LONGEST_PAUSE) < 0 ? pause : LONGEST_PAUSE;
            }
        }
        throw new InterruptedException("No time was left to write the rows");
    }

    private void writeOnce(List<Row> batch) {
        try {
            written(database.with(HistoryTables.class, tables -> tables.write(batch)));
        } catch (StoreUnavailableException e) {
            throw e;
        } catch (RuntimeException e) {
            log.debug("A batch of the history was refused", e);
            writeSingly(batch);
        }
    }

    /**
     * Writes the rows that are not there yet one by one, so that one that is refused is alone. What
     * was done leaves the batch.
     */
    private void writeSingly(List<Row> batch) {
        while (!batch.isEmpty()) {
            var row = batch.getFirst();
            try {
                written(
                        RetriedTransaction.run(() ->
                                database.with(
                                        HistoryTables.class, tables -> tables.writeNew(row))));
            } catch (StoreUnavailableException e) {
                throw e;
            } catch (RuntimeException e) {
                meters.failed.increment();
                log.warn("A row of the history was refused and is lost", e);
            }
            batch.removeFirst();
            inHand = batch.size();
        }
    }

    private void written(int rows) {
        meters.written.increment(rows);
    }

    private void cleanUp() {
        long now = System.nanoTime();
        if (nextCleanup != 0 && now - nextCleanup < 0) {
            return;
        }
        try {
            int removed = forget();
            nextCleanup = now + BETWEEN_CLEANUPS.toNanos();
            log.debug("{} old rows of the history were removed", removed);
        } catch (StoreUnavailableException _) {
            nextCleanup = now + LONGEST_PAUSE.toNanos();
        }
    }

    /** Removes rows that are too old or too many; returns their number. */
    int forget() {
        var now = clock.instant();
        long maxRows =
                database.isInMemory()
                        ? Math.min(settings.maxRows(), MAX_ROWS_IN_MEMORY)
                        : settings.maxRows();
        return database.with(
                HistoryTables.class,
                tables ->
                        tables.forget(HistoryKey.least(now.minus(settings.keep())), maxRows)
                                + tables.forgetAudit(
                                        HistoryKey.least(now.minus(settings.keepAudit())),
                                        now.minus(settings.keepAudit())));
    }

    /** Writes the rows that wait, for some seconds at most; later ones are lost. */
    @Override
    public void close() {
        closing.countDown();
        try {
            if (thread.getState() != Thread.State.NEW && !thread.join(FLUSH)) {
                isGivenUp = true;
                thread.interrupt();
                thread.join(FLUSH);
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
        int lost = queue.size() + inHand;
        if (lost > 0) {
            meters.dropped.increment(lost);
            log.warn("{} rows of the history were lost, as the database did not take them", lost);
        }
    }
}
