package org.dlora.store.history;

import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.dlora.background.LastingWork;
import org.dlora.cluster.facts.StoreUnavailableException;
import org.dlora.store.Database;
import org.dlora.store.RetriedTransaction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writer of the history: a queue that is bounded in rows and bytes, and the thread that makes the
 * rows and writes them in batches. While the database is away they wait; those that find the queue
 * full are counted and dropped.
 */
final class HistoryWriter implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(HistoryWriter.class);

    /** Rows that end the gathering. */
    private static final int ENOUGH = 200;

    /** Rows of a batch at most: a backlog is written faster in large ones. */
    private static final int MOST = 2000;

    /** Bytes after which a batch takes no further row. */
    private static final long MOST_BYTES = 8 << 20;

    /** Time in which rows gather: longer ones cost less, as each transaction adds to the sums. */
    private static final Duration GATHER = Duration.ofSeconds(1);

    /** Time after which the writer looks whether it is closed. */
    private static final Duration LOOK = Duration.ofMillis(100);

    private static final Duration FIRST_PAUSE = Duration.ofMillis(500);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(8);
    private static final Duration FLUSH = Duration.ofSeconds(5);

    private final Database database;
    private final HistorySettings settings;
    private final BlockingQueue<WaitingRow> queue;

    /** Bytes of the rows that wait. */
    private final AtomicLong waiting = new AtomicLong();

    private final HistoryMeters meters;
    private final CountDownLatch closing = new CountDownLatch(1);
    private final Thread thread = LastingWork.thread("history", this::run);

    /** Rows that are out of the queue and not written. */
    private volatile int inHand;

    /** Whether the rows that are left are lost, as there was no time to write them. */
    private volatile boolean isGivenUp;

    HistoryWriter(Database database, HistorySettings settings, MeterRegistry registry) {
        this.database = database;
        this.settings = settings;
        queue = new LinkedBlockingQueue<>(settings.queue());
        meters = new HistoryMeters(registry, queue);
    }

    void start() {
        thread.start();
    }

    /** Takes a row to be written; returns at once. */
    void add(WaitingRow row) {
        boolean hasRoom = waiting.addAndGet(row.bytes()) <= settings.queueBytes();
        if (!hasRoom || !queue.offer(row)) {
            waiting.addAndGet(-row.bytes());
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

    /**
     * Gathers rows for a while, so that a transaction has several of them, and makes them. Those
     * that have gathered meanwhile are in the batch too, so that none waits for long under load.
     */
    private List<Row> batch() throws InterruptedException {
        var gathered = new ArrayList<WaitingRow>(ENOUGH);
        var next = queue.poll(LOOK.toMillis(), TimeUnit.MILLISECONDS);
        long end = System.nanoTime() + GATHER.toNanos();
        for (long bytes = 0; next != null || isGathering(gathered, end); ) {
            if (next != null) {
                gathered.add(next);
                bytes += next.bytes();
                waiting.addAndGet(-next.bytes());
            }
            if (gathered.size() == MOST || bytes >= MOST_BYTES) {
                break;
            }
            next =
                    isGathering(gathered, end)
                            ? queue.poll(LOOK.toMillis(), TimeUnit.MILLISECONDS)
                            : queue.poll();
        }
        inHand = gathered.size();
        var batch = new ArrayList<Row>(gathered.size());
        for (var row : gathered) {
            make(row).ifPresent(batch::add);
        }
        return batch;
    }

    private boolean isGathering(List<WaitingRow> gathered, long end) {
        return !gathered.isEmpty()
                && gathered.size() < ENOUGH
                && closing.getCount() > 0
                && System.nanoTime() - end < 0;
    }

    private Optional<Row> make(WaitingRow waitingRow) {
        try {
            return Optional.of(waitingRow.row().get());
        } catch (RuntimeException e) {
            meters.failed.increment();
            log.warn("A row of the history could not be made and is lost", e);
            return Optional.empty();
        }
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
