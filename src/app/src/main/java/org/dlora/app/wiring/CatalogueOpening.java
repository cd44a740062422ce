package org.dlora.app.wiring;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.dlora.catalogue.versions.CatalogueContent;
import org.dlora.catalogue.versions.CatalogueStore;
import org.dlora.catalogue.versions.CatalogueUnavailableException;
import org.dlora.catalogue.versions.MemoryCatalogueStore;
import org.dlora.store.Database;
import org.dlora.store.DatabaseCatalogue;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The catalogue's store at the start. A start with a database that can hold a catalogue opens it
 * beside the model's loading, and waits for it for a limited time. A start without one waits for
 * nothing.
 */
final class CatalogueOpening {
    private static final Logger log = LoggerFactory.getLogger(CatalogueOpening.class);

    private final @Nullable Database database;
    private final boolean mayHaveContent;
    private final Duration patience;

    private CatalogueOpening(
            @Nullable Database database, boolean mayHaveContent, Duration patience) {
        this.database = database;
        this.mayHaveContent = mayHaveContent;
        this.patience = patience;
    }

    /**
     * Returns the store in a database.
     *
     * @param mayHaveContent whether the start has to wait for it
     * @param patience longest wait
     */
    static CatalogueOpening of(Database database, boolean mayHaveContent, Duration patience) {
        return new CatalogueOpening(database, mayHaveContent, patience);
    }

    /** Returns a store that ends with the process. */
    static CatalogueOpening inMemory() {
        return new CatalogueOpening(null, false, Duration.ZERO);
    }

    /** Begins to open a database that may have content. */
    void begin() {
        if (database != null && mayHaveContent) {
            database.start();
        }
    }

    /**
     * Returns the store of a base model's catalogue.
     *
     * @param base content hash of the base model's weights
     */
    CatalogueStore store(String base) {
        return database == null
                ? new MemoryCatalogueStore()
                : new DatabaseCatalogue(database, base);
    }

    /**
     * Returns the content of {@code store}, after a wait for its database.
     *
     * @return empty if the database is not there in time, or has not been waited for
     */
    Optional<CatalogueContent> content(CatalogueStore store) {
        if (database == null) {
            return Optional.of(CatalogueContent.EMPTY);
        }
        if (!mayHaveContent) {
            return Optional.empty();
        }
        try {
            database.opened().get(patience.toMillis(), TimeUnit.MILLISECONDS);
            return Optional.of(store.read());
        } catch (TimeoutException
                | ExecutionException
                | InterruptedException
                | CatalogueUnavailableException e) {
            if (e instanceof InterruptedException) {
                Thread.currentThread().interrupt();
            }
            log.warn(
                    "The catalogue could not be read within {} s: the adapters below the roots are served, the rest follows once the database is there",
                    patience.toSeconds());
            return Optional.empty();
        }
    }

    /** Passes the content of {@code store} to {@code use}, once its database is there. */
    void later(CatalogueStore store, Consumer<CatalogueContent> use) {
        if (database == null) {
            return;
        }
        var _ =
                database.opened()
                        .thenRunAsync(
                                () -> use.accept(store.read()),
                                task -> Thread.ofPlatform().name("catalogue").daemon().start(task))
                        .exceptionally(e -> {
                            log.warn("The catalogue could not be read: {}", e.getMessage());
                            return null;
                        });
    }
}
