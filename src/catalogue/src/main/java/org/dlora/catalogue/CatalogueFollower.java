package org.dlora.catalogue;

import java.time.Duration;
import java.util.Set;
import org.dlora.catalogue.versions.CatalogueStore;
import org.dlora.catalogue.versions.CatalogueUnavailableException;
import org.dlora.cluster.watch.LookThread;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follower of changes that other servers make in a store that they share. A thread looks at the
 * store's revision after each interval, and reads the catalogue where that has changed.
 */
public final class CatalogueFollower implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(CatalogueFollower.class);

    private final CatalogueStore store;
    private final RuntimeAdapters adapters;
    private final MeasuredScheduling scheduling;
    private final Settings settings;
    private final LookThread thread;
    private long seen;

    /**
     * Settings in force, which the store does not change.
     *
     * @param interval between two looks
     * @param pinned names of adapters
     * @param shared names of models that have a share; the empty string is the base model
     */
    public record Settings(Duration interval, Set<String> pinned, Set<String> shared) {
        public Settings {
            pinned = Set.copyOf(pinned);
            shared = Set.copyOf(shared);
        }
    }

    public CatalogueFollower(
            CatalogueStore store,
            RuntimeAdapters adapters,
            MeasuredScheduling scheduling,
            Settings settings) {
        this.store = store;
        this.adapters = adapters;
        this.scheduling = scheduling;
        this.settings = settings;
        thread =
                new LookThread(
                        "catalogue-follower", settings.interval(), settings.interval(), this::look);
    }

    /** Begins to follow. */
    public void start() {
        thread.start();
    }

    /** Takes over what has changed since the last look. */
    void look() {
        try {
            long revision = store.revision();
            if (revision == seen) {
                return;
            }
            // What is written after this look at the revision is read now or after the next one.
            adapters.follow(settings.pinned())
                    .ifPresent(content -> {
                        scheduling.follow(content.shares(), settings.shared());
                        seen = revision;
                    });
        } catch (CatalogueUnavailableException e) {
            log.debug("Changes of other servers are read later", e);
        } catch (IllegalStateException e) {
            log.debug("The server is shutting down", e);
        } catch (RuntimeException | Error e) {
            log.error("Changes of other servers could not be read", e);
        }
    }

    @Override
    public void close() {
        thread.close();
    }
}
