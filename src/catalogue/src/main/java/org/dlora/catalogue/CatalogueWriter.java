package org.dlora.catalogue;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.dlora.audit.AuditedAction;
import org.dlora.audit.ChangeCondition;
import org.dlora.catalogue.served.AuditedAdapter;
import org.dlora.catalogue.served.CatalogueEntry;
import org.dlora.catalogue.versions.AdapterRecord;
import org.dlora.catalogue.versions.CatalogueChangedException;
import org.dlora.catalogue.versions.CatalogueContent;
import org.dlora.catalogue.versions.CatalogueStore;
import org.dlora.catalogue.versions.CatalogueUnavailableException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Maker of changes to the catalogue, one at a time. A change is written to the store before it
 * takes effect; one that cannot be written changes nothing. Thread-safe.
 */
final class CatalogueWriter {
    private static final Logger log = LoggerFactory.getLogger(CatalogueWriter.class);

    /** Longest wait of a change until the catalogue has been read. */
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final HostedCatalogue hosted;
    private final CatalogueStore store;
    private final ReentrantLock changing = new ReentrantLock();

    /** Open until it is known what the store has. */
    private final CountDownLatch reading = new CountDownLatch(1);

    /** Records as the store has them. */
    private final Map<String, AdapterRecord> written = new ConcurrentHashMap<>();

    private boolean closed;
    private volatile Runnable afterWrite = () -> {};

    CatalogueWriter(HostedCatalogue hosted, CatalogueStore store) {
        this.hosted = hosted;
        this.store = store;
    }

    /** Runs {@code action} after each write from now on. It must return at once. */
    void afterWrite(Runnable action) {
        afterWrite = action;
    }

    HostedCatalogue hosted() {
        return hosted;
    }

    /**
     * Runs {@code change} while no other runs, once it is known what the store has. The condition
     * of the running thread is asked with the catalogue.
     *
     * @throws CatalogueUnavailableException if that is not known soon
     * @throws IllegalStateException if the server is shutting down
     */
    <T> T change(Supplier<T> change) {
        try {
            if (!reading.await(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
                throw unread();
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            throw unread();
        }
        return alone(() -> {
            var condition = ChangeCondition.current();
            condition.check(hosted.names());
            var done = change.get();
            condition.changed(hosted.names());
            return done;
        });
    }

    private static CatalogueUnavailableException unread() {
        return new CatalogueUnavailableException(
                "the catalogue is still being read after the start");
    }

    /**
     * Runs {@code change}, which writes nothing, while no other runs.
     *
     * @throws IllegalStateException if the server is shutting down
     */
    <T> T alone(Supplier<T> change) {
        changing.lock();
        try {
            if (closed) {
                throw new IllegalStateException("The server is shutting down");
            }
            return change.get();
        } finally {
            changing.unlock();
        }
    }

    /** Waits for the running change, and refuses all others from now on. */
    void close() {
        changing.lock();
        try {
            closed = true;
        } finally {
            changing.unlock();
        }
    }

    /** Notes what the store has. */
    void known(CatalogueContent content) {
        content.adapters().forEach(record -> written.put(record.name(), record));
        reading.countDown();
        afterWrite.run();
    }

    /** Returns whether it is known what the store has. */
    boolean isKnown() {
        return reading.getCount() == 0;
    }

    /** Reads what the store has, where other servers may have written. */
    CatalogueContent read() {
        return store.read();
    }

    /** Returns the names that the store has, as far as that is known. */
    Set<String> names() {
        return Set.copyOf(written.keySet());
    }

    /** Notes what another server has written. */
    void followed(AdapterRecord record) {
        written.put(record.name(), record);
        afterWrite.run();
    }

    /** Notes what another server has deleted. */
    void forgotten(String name) {
        written.remove(name);
        afterWrite.run();
    }

    /** Returns the store's record of an adapter, served or not. */
    Optional<AdapterRecord> record(String name) {
        return Optional.ofNullable(written.get(name));
    }

    /**
     * Writes {@code next}, and serves it.
     *
     * @throws CatalogueUnavailableException if it cannot be written
     */
    CompletableFuture<Void> serve(CatalogueEntry next) {
        write(next.record());
        return hosted.change(next);
    }

    /** Writes a record alone. */
    void write(AdapterRecord record) {
        if (!record.equals(written.get(record.name()))) {
            AuditedAction.describe(
                    record.name(),
                    AuditedAdapter.ofRecord(record(record.name())),
                    AuditedAdapter.ofRecord(Optional.of(record)));
            store.replace(record(record.name()), record);
            written.put(record.name(), record);
            afterWrite.run();
        }
    }

    /**
     * Forgets an adapter in the store.
     *
     * @throws CatalogueChangedException if another server has changed it
     */
    void delete(String name) {
        record(name)
                .ifPresent(known -> {
                    AuditedAction.describe(name, AuditedAdapter.ofRecord(Optional.of(known)), null);
                    store.delete(known);
                    written.remove(name);
                    afterWrite.run();
                });
    }

    /**
     * Writes what has been found out about served adapters since they were written, such as the
     * numbers of versions. Where the database is away, a later call or change writes it.
     */
    void settle() {
        changing.lock();
        try {
            if (reading.getCount() > 0) {
                return;
            }
            for (var entry : hosted.names().entries()) {
                write(entry.record());
            }
        } catch (CatalogueUnavailableException | CatalogueChangedException e) {
            log.debug("The catalogue is written later", e);
        } finally {
            changing.unlock();
        }
    }
}
