package org.dlora.catalogue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.dlora.adapter.AdapterRefusedException;
import org.dlora.adapter.FolderStamp;
import org.dlora.catalogue.manifest.ManagedAdapters;
import org.dlora.catalogue.served.GateNotRunException;
import org.dlora.catalogue.versions.CatalogueChangedException;
import org.dlora.catalogue.versions.CatalogueUnavailableException;
import org.dlora.catalogue.versions.Gate;
import org.dlora.cluster.adapters.ServedAdapter;
import org.dlora.cluster.watch.LookThread;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watch over the folders below the adapter roots, on a thread of its own. A new folder becomes an
 * adapter once two looks find it alike, so that one that is being copied does not count; one that
 * cannot be served is tried again when it or its gate has changed. The adapter of a folder that two
 * looks do not find is withdrawn. A root that is not there changes nothing. Names whose content the
 * manifest says are left to the manifest.
 *
 * <p>Folders whose adapters have a gate come last in a look, as a gate may take minutes. The first
 * whose gate cannot be run ends the look, and is tried again after pauses from 5 s to 5 min.
 *
 * <p>Roots may be network file systems, which do not tell of changes; so they are looked at.
 */
public final class RootWatch implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(RootWatch.class);

    private final List<Path> roots;
    private final RuntimeAdapters adapters;
    private final ManagedAdapters managed;
    private final Duration interval;
    private final InstantSource clock;
    private final RetryPauses pauses;
    private final LookThread thread;

    /** New folders as the last look has found them. */
    private Map<Path, FolderStamp> seen = new HashMap<>();

    /** Folders that cannot be served, as they were when that was found. */
    private final Map<Path, Content> refused = new HashMap<>();

    /** Folders whose gate could not be run, and why. */
    private final Map<Path, String> unjudged = new HashMap<>();

    /** Folders of served adapters that the last look has not found. */
    private Set<Path> missing = new HashSet<>();

    private Set<Path> lostRoots = Set.of();

    /**
     * Files of a folder, and the gate that they have to pass.
     *
     * @param gate its hash; empty if there is none
     */
    private record Content(FolderStamp stamp, Optional<String> gate) {}

    /** A new folder that two looks have found alike. */
    private record Found(Path folder, Content content) {}

    /**
     * @param managed has the names and gates of the manifest in force
     * @param interval between two looks
     */
    public RootWatch(
            List<Path> roots,
            RuntimeAdapters adapters,
            ManagedAdapters managed,
            Duration interval,
            InstantSource clock) {
        this.roots = List.copyOf(roots);
        this.adapters = adapters;
        this.managed = managed;
        this.interval = interval;
        this.clock = clock;
        pauses = new RetryPauses(clock);
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
            FolderStamp.of(folder).ifPresent(stamp -> refused.put(folder, content(folder, stamp)));
        }
    }

    private Content content(Path folder, FolderStamp stamp) {
        var name = name(folder);
        return new Content(stamp, managed.firstGate(name, adapters.gate(name)).map(Gate::hash));
    }

    /** Looks at all roots once. */
    void look() {
        if (!adapters.isReady()) {
            return;
        }
        try {
            var lost = new HashSet<Path>();
            var fresh = new HashMap<Path, FolderStamp>();
            var gated = new ArrayList<Found>();
            for (var root : roots) {
                if (Files.isDirectory(root)) {
                    folders(root).forEach(folder -> lookAt(folder, fresh, gated));
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
            judge(gated);
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
                forgetUnjudged(folder);
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

    private static RetryPauses.Key key(Path folder) {
        return new RetryPauses.Key(name(folder), folder.toString());
    }

    private boolean isNew(Path folder) {
        return adapters.registrar().isNew(name(folder)) && !managed.hasContent(name(folder));
    }

    private void lookAt(Path folder, Map<Path, FolderStamp> fresh, List<Found> gated) {
        if (thread.isClosing() || !isNew(folder)) {
            return;
        }
        var stamp = FolderStamp.of(folder).filter(FolderStamp::isAdapter);
        if (stamp.isEmpty()) {
            return;
        }
        var found = new Found(folder, content(folder, stamp.get()));
        if (found.content().equals(refused.get(folder))) {
            return;
        }
        fresh.put(folder, stamp.get());
        if (!stamp.get().equals(seen.get(folder))) {
            return;
        }
        if (found.content().gate().isPresent()) {
            gated.add(found);
        } else {
            register(found);
        }
    }

    /**
     * Registers folders that have to pass a gate, those that wait longest first, until one cannot
     * be judged or it is time for the next look.
     */
    private void judge(List<Found> gated) {
        var next = clock.instant().plus(interval);
        gated.sort(Comparator.comparing(found -> pauses.next(key(found.folder()))));
        for (var found : gated) {
            if (thread.isClosing() || clock.instant().isAfter(next)) {
                return;
            }
            var stamp = Optional.of(found.content().stamp());
            if (pauses.paused(key(found.folder()), stamp).isPresent()) {
                continue;
            }
            register(found);
            if (unjudged.containsKey(found.folder())) {
                return;
            }
        }
    }

    private void register(Found found) {
        var folder = found.folder();
        var name = name(folder);
        try {
            adapters.registrar()
                    .discover(name, folder, present -> managed.firstGate(name, present));
            refused.remove(folder);
            forgetUnjudged(folder);
        } catch (GateNotRunException e) {
            unjudged(found, String.valueOf(e.getMessage()));
        } catch (CatalogueUnavailableException | CatalogueChangedException e) {
            log.debug("Adapter {} is registered later", folder, e);
        } catch (AdapterRefusedException | IllegalStateException e) {
            log.warn(
                    "The new folder {} is no adapter that can be served; it is tried again when it changes: {}",
                    folder,
                    e.getMessage());
            refused.put(folder, found.content());
            forgetUnjudged(folder);
            adapters.notServed(name, folder, String.valueOf(e.getMessage()));
        }
    }

    private void forgetUnjudged(Path folder) {
        unjudged.remove(folder);
        pauses.succeeded(key(folder));
    }

    /** Notes that a folder cannot be judged now, which says nothing of it. */
    private void unjudged(Found found, String why) {
        var folder = found.folder();
        pauses.failed(key(folder), why, Optional.of(found.content().stamp()));
        if (!why.equals(unjudged.put(folder, why)) && !thread.isClosing()) {
            log.warn("The new folder {} is not served yet, it is tried again: {}", folder, why);
        }
        adapters.notServed(name(folder), folder, why);
    }

    private void withdrawMissing() {
        var gone = new HashSet<Path>();
        for (var adapter : adapters.hosted().names().registrations()) {
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
