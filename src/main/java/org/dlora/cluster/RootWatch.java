package org.dlora.cluster;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.dlora.adapter.AdapterRefusedException;
import org.dlora.adapter.FolderStamp;
import org.dlora.cluster.adapters.GateNotRunException;
import org.dlora.cluster.adapters.ServedAdapter;
import org.dlora.cluster.catalogue.CatalogueChangedException;
import org.dlora.cluster.catalogue.CatalogueUnavailableException;
import org.dlora.cluster.watch.LookThread;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watch over the folders below the adapter roots, on a thread of its own. A new folder becomes an
 * adapter once two looks find it alike, so that one that is being copied does not count; one that
 * cannot be served is tried again when it has changed, and one whose gate could not be run at the
 * next look. The adapter of a folder that two looks do not find is withdrawn. A root that is not
 * there changes nothing.
 *
 * <p>Roots may be network file systems, which do not tell of changes; so they are looked at.
 */
public final class RootWatch implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(RootWatch.class);

    private final List<Path> roots;
    private final RuntimeAdapters adapters;
    private final LookThread thread;

    /** New folders as the last look has found them. */
    private Map<Path, FolderStamp> seen = new HashMap<>();

    /** Folders that cannot be served, as they were when that was found. */
    private final Map<Path, FolderStamp> refused = new HashMap<>();

    /** Folders whose gate could not be run, and why; each look tries them again. */
    private final Map<Path, String> unjudged = new HashMap<>();

    /** Folders of served adapters that the last look has not found. */
    private Set<Path> missing = new HashSet<>();

    private Set<Path> lostRoots = Set.of();

    /**
     * @param interval between two looks
     */
    public RootWatch(List<Path> roots, RuntimeAdapters adapters, Duration interval) {
        this.roots = List.copyOf(roots);
        this.adapters = adapters;
        thread = new LookThread("adapter-roots", interval, interval, this::look);
    }

    /**
     * Begins to watch.
     *
     * @param leftOut folders that the start has left out; they are tried again once they change
     */
    public void start(Collection<Path> leftOut) {
        begin(leftOut);
        thread.start();
    }

    void begin(Collection<Path> leftOut) {
        for (var folder : leftOut) {
            FolderStamp.of(folder).ifPresent(stamp -> refused.put(folder, stamp));
        }
    }

    /** Looks at all roots once. */
    void look() {
        if (!adapters.isReady()) {
            return;
        }
        try {
            var lost = new HashSet<Path>();
            var fresh = new HashMap<Path, FolderStamp>();
            for (var root : roots) {
                if (Files.isDirectory(root)) {
                    folders(root).forEach(folder -> lookAt(folder, fresh));
                } else {
                    lost.add(root);
                }
            }
            lost.stream()
                    .filter(root -> !lostRoots.contains(root))
                    .forEach(root ->
                            log.warn(
                                    "The adapter root {} is not there; its adapters are served as far as their files are known",
                                    root));
            lostRoots = lost;
            seen = fresh;
            forgetRefused();
            withdrawMissing();
        } catch (RuntimeException | Error e) {
            log.error("The adapter roots could not be looked at", e);
        }
    }

    private void forgetRefused() {
        var unserved = new HashSet<>(refused.keySet());
        unserved.addAll(unjudged.keySet());
        for (var folder : unserved) {
            if (!Files.isDirectory(folder)) {
                refused.remove(folder);
                unjudged.remove(folder);
                adapters.forgetProblem(name(folder));
            }
        }
    }

    private List<Path> folders(Path root) {
        try (var entries = Files.list(root)) {
            // Programs copy into hidden folders, and rename them when all is there.
            return entries.filter(folder -> !name(folder).startsWith("."))
                    .filter(Files::isDirectory)
                    .sorted()
                    .toList();
        } catch (IOException e) {
            log.debug("{} cannot be listed", root, e);
            return List.of();
        }
    }

    private static String name(Path folder) {
        return String.valueOf(folder.getFileName());
    }

    private boolean isNew(Path folder) {
        return adapters.isNew(name(folder));
    }

    private void lookAt(Path folder, Map<Path, FolderStamp> fresh) {
        if (thread.isClosing() || !isNew(folder)) {
            return;
        }
        var found = FolderStamp.of(folder).filter(FolderStamp::isAdapter);
        if (found.isEmpty() || found.get().equals(refused.get(folder))) {
            return;
        }
        fresh.put(folder, found.get());
        if (found.get().equals(seen.get(folder))) {
            register(folder, found.get());
        }
    }

    private void register(Path folder, FolderStamp stamp) {
        try {
            adapters.discover(name(folder), folder);
            refused.remove(folder);
            unjudged.remove(folder);
        } catch (GateNotRunException e) {
            unjudged(folder, String.valueOf(e.getMessage()));
        } catch (CatalogueUnavailableException | CatalogueChangedException e) {
            log.debug("Adapter {} is registered later", folder, e);
        } catch (AdapterRefusedException | IllegalStateException e) {
            log.warn(
                    "The new folder {} is no adapter that can be served; it is tried again when it changes: {}",
                    folder,
                    e.getMessage());
            refused.put(folder, stamp);
            unjudged.remove(folder);
            adapters.notServed(name(folder), folder, String.valueOf(e.getMessage()));
        }
    }

    /** Notes that a folder cannot be judged now, which says nothing of it. */
    private void unjudged(Path folder, String why) {
        if (!why.equals(unjudged.put(folder, why)) && !thread.isClosing()) {
            log.warn("The new folder {} is not served yet, it is tried again: {}", folder, why);
        }
        adapters.notServed(name(folder), folder, why);
    }

    private void withdrawMissing() {
        var gone = new HashSet<Path>();
        for (var adapter : adapters.cluster().catalogue().registrations()) {
            if (isGone(adapter.folder())) {
                if (missing.contains(adapter.folder())) {
                    withdraw(adapter);
                } else {
                    gone.add(adapter.folder());
                }
            }
        }
        missing = gone;
    }

    private void withdraw(ServedAdapter adapter) {
        adapters.withdrawGone(
                adapter.source(),
                "its folder %s is not there any more".formatted(adapter.folder()));
    }

    /** Returns whether a folder is missing below a root that is there. */
    private boolean isGone(Path folder) {
        return roots.stream().anyMatch(root -> lies(folder, root) && Files.isDirectory(root))
                && !Files.isDirectory(folder);
    }

    private static boolean lies(Path folder, Path root) {
        if (folder.startsWith(root)) {
            return true;
        }
        try {
            return folder.startsWith(root.toRealPath());
        } catch (IOException _) {
            return false;
        }
    }

    /** Ends the watch; a folder that is being validated is waited for. */
    @Override
    public void close() {
        thread.close();
    }
}
