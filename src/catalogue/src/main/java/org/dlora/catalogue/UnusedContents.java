package org.dlora.catalogue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.dlora.adapter.RegisteredAdapter;
import org.dlora.catalogue.source.ContentStore;
import org.dlora.catalogue.versions.CatalogueStore;
import org.dlora.catalogue.versions.KeptFolders;
import org.dlora.cluster.residency.AdapterMemory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Remover of acquired adapters' folders that no version has any more. It works on a thread of its
 * own after each write of the catalogue, while no change runs. A folder stays while a memory has a
 * registration of it, whose requests may have to load it. A kill leaves a folder that the next
 * start removes, as rows are written first. Thread-safe.
 */
final class UnusedContents implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(UnusedContents.class);
    private static final long AGAIN_SECONDS = 10;

    private final CatalogueWriter writer;
    private final CatalogueStore store;
    private final List<AdapterMemory> memories;
    private final ContentStore contents;
    private final AtomicBoolean isRequested = new AtomicBoolean();
    private final ScheduledThreadPoolExecutor thread =
            new ScheduledThreadPoolExecutor(
                    1, Thread.ofPlatform().daemon().name("unused-contents").factory());

    UnusedContents(
            CatalogueWriter writer,
            CatalogueStore store,
            List<AdapterMemory> memories,
            ContentStore contents) {
        this.writer = writer;
        this.store = store;
        this.memories = List.copyOf(memories);
        this.contents = contents;
    }

    /** Returns the folder of the store of acquired adapters. */
    Path folder() {
        return contents.folder();
    }

    /** Has unused folders removed soon; returns at once. */
    void request() {
        requestIn(0);
    }

    private void requestIn(long seconds) {
        if (Files.isDirectory(contents.folder()) && !isRequested.getAndSet(true)) {
            try {
                var _ = thread.schedule(this::run, seconds, TimeUnit.SECONDS);
            } catch (RejectedExecutionException _) {
                // The server ends; the next start removes them.
            }
        }
    }

    private void run() {
        isRequested.set(false);
        try {
            if (!clean()) {
                requestIn(AGAIN_SECONDS);
            }
        } catch (IllegalStateException e) {
            log.debug("Unused adapters are removed later", e);
        } catch (RuntimeException e) {
            log.warn("Unused adapters could not be removed", e);
        }
    }

    /**
     * Removes the folders that are unused now.
     *
     * @return whether no folder stays for its unfinished requests alone
     */
    boolean clean() {
        return writer.change(() -> {
            try {
                return store.folders().map(this::clean).orElse(true);
            } catch (IOFailure e) {
                log.warn(
                        "The store of adapters {} cannot be used: {}",
                        contents.folder(),
                        String.valueOf(e.getCause()));
                return true;
            }
        });
    }

    private boolean clean(KeptFolders known) {
        var inUse = new HashSet<String>();
        try {
            var removed =
                    contents.removeUnreferenced(
                            known.catalogue(),
                            () -> {
                                // Anew, as an acquisition may have ended since.
                                var kept = store.folders().map(KeptFolders::folders);
                                var referenced = names(kept.orElse(Set.of()).stream());
                                inUse.addAll(inMemories());
                                inUse.removeAll(referenced);
                                referenced.addAll(inUse);
                                return referenced;
                            });
            if (!removed.isEmpty()) {
                log.info("Removed {} folders of adapters that no version has", removed.size());
            }
            return inUse.stream().noneMatch(name -> Files.exists(contents.folder().resolve(name)));
        } catch (IOException e) {
            throw new IOFailure(e);
        }
    }

    private Set<String> inMemories() {
        return names(
                memories.stream()
                        .flatMap(memory ->
                                memory.report().stream()
                                        .map(status -> memory.source(status.id()))
                                        .flatMap(Optional::stream))
                        .map(RegisteredAdapter::folder)
                        .map(Path::toString));
    }

    /** Returns the names of folders, which is the hash for those in the store. */
    private static Set<String> names(Stream<String> folders) {
        return folders.map(folder -> Path.of(folder).getFileName())
                .filter(Objects::nonNull)
                .map(Path::toString)
                .collect(Collectors.toCollection(HashSet::new));
    }

    private static final class IOFailure extends RuntimeException {
        private static final long serialVersionUID = 1;

        IOFailure(IOException cause) {
            super(cause);
        }
    }

    /** Waits for the removal that runs, and begins no other. */
    @Override
    public void close() {
        // Not interrupted: a read of the database's file must not be.
        thread.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        thread.shutdown();
        try {
            var _ = thread.awaitTermination(AGAIN_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
