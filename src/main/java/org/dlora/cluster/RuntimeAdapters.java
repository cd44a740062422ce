package org.dlora.cluster;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.dlora.adapter.AdapterRefusedException;
import org.dlora.adapter.AdapterSource;
import org.dlora.adapter.RegisteredAdapter;
import org.dlora.adapter.source.ContentStore;
import org.dlora.cluster.adapters.AdapterService;
import org.dlora.cluster.adapters.BrokenAdapter;
import org.dlora.cluster.adapters.CatalogueEntry;
import org.dlora.cluster.adapters.CatalogueService;
import org.dlora.cluster.adapters.FolderListing;
import org.dlora.cluster.adapters.NoSuchAdapterException;
import org.dlora.cluster.adapters.Registrations;
import org.dlora.cluster.adapters.ResidencyService;
import org.dlora.cluster.adapters.ServedAdapter;
import org.dlora.cluster.catalogue.AdapterRecord;
import org.dlora.cluster.catalogue.CatalogueContent;
import org.dlora.cluster.catalogue.CatalogueStore;
import org.dlora.cluster.catalogue.Gate;
import org.dlora.cluster.catalogue.GateResult;
import org.dlora.cluster.catalogue.MemoryCatalogueStore;
import org.dlora.cluster.catalogue.VersionDefaults;
import org.dlora.cluster.catalogue.VersionRecord;
import org.dlora.cluster.facts.ClusterEvents;
import org.dlora.cluster.gate.GateRunner;
import org.dlora.cluster.residency.AdapterMemory;
import org.dlora.tensor.LoadException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Registers and unregisters adapters at run time, one at a time. An adapter is validated before it
 * is served. It is loaded into memory by the first request that needs it.
 */
public final class RuntimeAdapters implements AdapterService, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(RuntimeAdapters.class);

    /** Folders that are listed at most. */
    private static final int FOLDERS = 200;

    private final Cluster cluster;
    private final List<AdapterMemory> memories;
    private final AdapterSource source;
    private final CatalogueStore store;
    private final CatalogueWriter writer;
    private final VersionLoads loads;
    private @Nullable UnusedContents unused;
    private final VersionGates gates;
    private final GateRunner runner;
    private final BrokenAdapters broken;

    /** Runtime adapters of a catalogue that ends with the process. */
    public RuntimeAdapters(
            Cluster cluster, List<AdapterMemory> memories, AdapterSource source, Clock clock) {
        this(
                cluster,
                memories,
                source,
                clock,
                new Registrations(clock, cluster.catalogue().registrations().size()),
                new MemoryCatalogueStore());
        writer.known(CatalogueContent.EMPTY);
    }

    /**
     * @param memories of the cluster's replicas
     * @param store that changes are written to before they take effect. Changes wait for {@link
     *     #restored} or {@link #restore}
     */
    public RuntimeAdapters(
            Cluster cluster,
            List<AdapterMemory> memories,
            AdapterSource source,
            Clock clock,
            Registrations registrations,
            CatalogueStore store) {
        this.cluster = cluster;
        this.memories = List.copyOf(memories);
        this.source = source;
        this.store = store;
        broken = new BrokenAdapters(clock);
        writer = new CatalogueWriter(cluster, store);
        loads = new VersionLoads(writer, source, registrations);
        runner = new GateRunner(new UnseenRequests(cluster), source.base(), clock);
        gates = new VersionGates(writer, registrations, runner);
    }

    /** Tells {@code events} of the results of gates from now on. */
    public void tell(ClusterEvents events) {
        gates.tell(events);
    }

    @Override
    public ServedAdapter load(String name, String path, boolean inPlace, Optional<String> origin) {
        // A change, so that the catalogue has been read, and the gate with it.
        writer.change(() -> requireFree(name, inPlace));
        var registered = validated(name, path);
        var judged = gates.judge(registered, loads.becomes(registered));
        return announced(
                name,
                judged,
                () -> {
                    var _ = requireFree(name, inPlace);
                    requireFiles(registered);
                    return isKeptOut(name, judged)
                            ? Kept.unserved(loads.note(registered, origin, judged.get()))
                            : activate(registered, origin, judged);
                });
    }

    /** Returns whether a version has failed its gate whose adapter is not served. */
    private boolean isKeptOut(String name, Optional<GateResult> judged) {
        return judged.filter(result -> !result.passed()).isPresent()
                && cluster.catalogue().entry(name).isEmpty();
    }

    /**
     * Makes a change, and tells of the result of the gate.
     *
     * @throws GateFailedException if the version has not passed, which is kept all the same
     */
    private ServedAdapter announced(
            String name, Optional<GateResult> judged, Supplier<Kept> change) {
        var kept = writer.change(change);
        requirePassed(name, kept.number(), judged);
        return kept.adapter().orElseThrow();
    }

    /** Tells of the result of the gate, if there is one, and refuses a version that has failed. */
    private void requirePassed(String name, int number, Optional<GateResult> judged) {
        judged.ifPresent(result -> {
            gates.tell(name, number, result);
            if (!result.passed()) {
                throw gates.failure(name, number, result);
            }
        });
    }

    /**
     * A version of which the catalogue knows.
     *
     * @param adapter empty if it is not served
     */
    private record Kept(int number, Optional<ServedAdapter> adapter) {
        static Kept unserved(int number) {
            return new Kept(number, Optional.empty());
        }
    }

    private Kept activate(
            RegisteredAdapter registered, Optional<String> origin, Optional<GateResult> judged) {
        var loaded = loads.load(registered, true, origin, judged);
        serves(registered);
        return new Kept(loaded.number(), Optional.of(loaded.adapter()));
    }

    /** Notes that requests for an adapter's name get its content. */
    private void serves(RegisteredAdapter registered) {
        var name = registered.name();
        // A pin outlasts that the adapter was unloaded.
        writer.record(name).ifPresent(this::pinIfSaid);
        broken.remove(name);
        log.info("Registered adapter {} from {}", name, registered.folder());
    }

    /**
     * Returns the adapter in a folder that may be loaded, and that fits into a memory. This reads
     * all of its files, so it is no part of a change, for which others wait.
     */
    private RegisteredAdapter validated(String name, String path) {
        var registered = source.validate(name, source.folder(path));
        requireRoom(name, registered.bytes());
        return registered;
    }

    /** Checks that unused contents have not been removed since they were validated. */
    private static void requireFiles(RegisteredAdapter registered) {
        if (!Files.isDirectory(registered.folder())) {
            throw new AdapterRefusedException(
                    "The files in %s have been removed meanwhile; acquire the adapter again"
                            .formatted(registered.folder()));
        }
    }

    /** Ends the gates that run, and refuses others, as the server ends. */
    public void endGates() {
        runner.end();
    }

    /** See {@link CatalogueService#addVersion}. */
    int addVersion(String name, String path, boolean isActivated, Optional<String> origin) {
        writer.change(() -> requireServed(name));
        var registered = validated(name, path);
        var becomes = loads.becomes(registered);
        var judged =
                isActivated || loads.replacesRouted(registered, becomes)
                        ? gates.judge(registered, becomes)
                        : Optional.<GateResult>empty();
        int added = added(registered, isActivated, origin, judged);
        requirePassed(name, added, judged);
        return added;
    }

    private int added(
            RegisteredAdapter registered,
            boolean isActivated,
            Optional<String> origin,
            Optional<GateResult> judged) {
        var name = registered.name();
        return writer.change(() -> {
            var _ = requireServed(name);
            requireFiles(registered);
            int number = loads.load(registered, isActivated, origin, judged).number();
            log.info(
                    "Registered version {} of adapter {} from {}",
                    number,
                    name,
                    registered.folder());
            return number;
        });
    }

    /**
     * Serves the adapter in a folder as a version of its name, beside those that requests for the
     * name get. The first version of a name gets them. Content that is served already as a version
     * with these defaults is that version.
     *
     * @param defaults makes the defaults of the version from those of the name's main version
     * @param gate makes the gate of an adapter that is not served from the one that it has
     * @return the number of the version
     */
    int ensure(
            String name,
            String path,
            Optional<String> origin,
            UnaryOperator<VersionDefaults> defaults,
            UnaryOperator<Optional<Gate>> gate) {
        writer.change(() -> requireFree(name, true));
        var registered = validated(name, path);
        var becomes = loads.becomes(registered, defaults);
        var judged = Optional.<GateResult>empty();
        if (cluster.catalogue().entry(name).isEmpty()) {
            judged = gates.judge(registered, becomes, gate.apply(gates.gate(name)));
        } else if (loads.replacesRouted(registered, becomes)) {
            judged = gates.judge(registered, becomes);
        }
        int ensured = ensured(registered, origin, defaults, gate, judged);
        requirePassed(name, ensured, judged);
        return ensured;
    }

    private int ensured(
            RegisteredAdapter registered,
            Optional<String> origin,
            UnaryOperator<VersionDefaults> defaults,
            UnaryOperator<Optional<Gate>> gate,
            Optional<GateResult> judged) {
        var name = registered.name();
        return writer.change(() -> {
            var _ = requireFree(name, true);
            requireFiles(registered);
            boolean isFirst = cluster.catalogue().entry(name).isEmpty();
            if (isKeptOut(name, judged)) {
                return loads.note(registered, origin, judged.get(), defaults, gate);
            }
            if (isFirst) {
                requireJudged(name, judged, gate);
                loads.gate(name, gate);
            }
            int number = loads.load(registered, isFirst, origin, judged, defaults).number();
            if (isFirst) {
                serves(registered);
            }
            log.debug("Version {} of adapter {} is that in {}", number, name, registered.folder());
            return number;
        });
    }

    /** Checks that content was judged by the gate that its adapter is to have now. */
    private void requireJudged(
            String name, Optional<GateResult> judged, UnaryOperator<Optional<Gate>> gate) {
        if (!gate.apply(gates.gate(name)).map(Gate::hash).equals(judged.map(GateResult::gate))) {
            throw VersionGates.changed(name);
        }
    }

    Cluster cluster() {
        return cluster;
    }

    /** Returns whether the store has been read, for which changes wait. */
    boolean isReady() {
        return writer.isKnown();
    }

    /** Returns what is known of an adapter, served or not. */
    Optional<AdapterRecord> record(String name) {
        return cluster.catalogue()
                .entry(name)
                .map(CatalogueEntry::record)
                .or(() -> writer.record(name));
    }

    /** Returns the gate in force of an adapter, served or not. */
    Optional<Gate> gate(String name) {
        return gates.gate(name);
    }

    /**
     * Returns whether nothing is served under a name, and nothing was unloaded. What a gate has
     * kept out can be served later.
     */
    boolean isNew(String name) {
        return cluster.catalogue().entry(name).isEmpty()
                && !name.equals(cluster.catalogue().baseName())
                && writer.record(name)
                        .filter(AdapterRecord::unloaded)
                        .filter(record -> !record.hasFailedOnly())
                        .isEmpty();
    }

    /** Notes why the adapter in a folder is not served. */
    void notServed(String name, Path folder, String why) {
        broken.add(name, folder, why);
    }

    void forgetProblem(String name) {
        broken.remove(name);
    }

    /**
     * Serves the adapter in a new folder below a root, unless its name is taken by now.
     *
     * @param gate makes the gate of the adapter from the one that it has
     * @throws AdapterRefusedException if it cannot be served
     * @throws IllegalStateException if it can never fit into the memory, or the server is shutting
     *     down
     */
    void discover(String name, Path folder, UnaryOperator<Optional<Gate>> gate) {
        var registered = validated(name, folder.toString());
        var judged =
                gates.judge(registered, loads.becomes(registered), gate.apply(gates.gate(name)));
        int number = writer.change(() -> discovered(registered, judged, gate));
        if (number > 0) {
            requirePassed(name, number, judged);
        }
    }

    private int discovered(
            RegisteredAdapter registered,
            Optional<GateResult> judged,
            UnaryOperator<Optional<Gate>> gate) {
        var name = registered.name();
        if (!isNew(name)) {
            return 0;
        }
        requireJudged(name, judged, gate);
        if (isKeptOut(name, judged)) {
            return loads.note(
                    registered, Optional.empty(), judged.get(), UnaryOperator.identity(), gate);
        }
        loads.gate(name, gate);
        return activate(registered, Optional.empty(), judged).number();
    }

    @Override
    public FolderListing folders() {
        var served =
                cluster.catalogue().entries().stream()
                        .flatMap(entry -> entry.record().versions().values().stream())
                        .filter(version -> version.retired().isEmpty())
                        .map(VersionRecord::folder)
                        .collect(Collectors.toSet());
        var remover = unused;
        var offered = remover == null ? source : source.without(remover.folder());
        return new FolderListing(
                offered.roots().stream().map(Path::toString).toList(),
                offered.places().filter(place -> !served.contains(place)).limit(FOLDERS).toList());
    }

    /** Returns the folders that adapters are loaded from. */
    AdapterSource source() {
        return source;
    }

    private boolean requireServed(String name) {
        if (cluster.catalogue().entry(name).isEmpty()) {
            throw new NoSuchAdapterException(name);
        }
        return true;
    }

    /** Returns whether a root has a sub-folder of that name. */
    boolean isBelowARoot(String name) {
        return source.isEntry(name);
    }

    /**
     * Removes folders of acquired adapters from now on that no version has any more. To be called
     * before it is known what the store has.
     */
    public void removeUnused(ContentStore contents) {
        var remover = new UnusedContents(writer, store, memories, contents);
        unused = remover;
        writer.afterWrite(remover::request);
    }

    /** Returns the catalogue as administrators see and change it. */
    public CatalogueService catalogue() {
        return new AdapterCatalogue(writer, this, gates);
    }

    /**
     * Notes what the store has, and pins what it says.
     *
     * @param unserved adapters of the store of which no version can be served
     */
    public void restored(CatalogueContent kept, List<AdapterRecord> unserved) {
        writer.known(kept);
        unserved.forEach(this::unserved);
        kept.adapters().forEach(this::pinIfSaid);
    }

    private void pinIfSaid(AdapterRecord record) {
        if (record.details().pinned().orElse(false)) {
            pin(record.name());
        }
    }

    private void unserved(AdapterRecord record) {
        var folder = record.version(record.route().main()).map(VersionRecord::folder).orElse("");
        broken.add(
                record.name(),
                Path.of(folder),
                "none of the versions that its name stands for can be served; see the log");
    }

    private void pin(String name) {
        pin(name, true);
    }

    /** Pins or unpins an adapter that is served; one that does not fit is reported. */
    private void pin(String name, boolean pinned) {
        var ids =
                cluster.catalogue().entry(name).stream()
                        .flatMap(entry -> entry.routed().stream())
                        .map(ServedAdapter::id)
                        .toList();
        for (var memory : memories) {
            for (var id : ids) {
                try {
                    memory.pin(id, pinned);
                } catch (IllegalStateException | IllegalArgumentException e) {
                    log.warn("Adapter {} is not pinned: {}", name, e.getMessage());
                }
            }
        }
    }

    /**
     * Serves what the store has, where the server began to serve without it.
     *
     * @param pinned names that the settings pin
     */
    public void restore(CatalogueContent kept, List<String> pinned) {
        writer.alone(() -> {
            var unserved = new ArrayList<AdapterRecord>();
            for (var record : kept.adapters()) {
                if (!loads.restore(record)) {
                    unserved.add(record);
                }
            }
            restored(kept, unserved);
            pinned.forEach(this::pin);
            return true;
        });
        settle();
    }

    /**
     * Takes over what other servers have changed in the store.
     *
     * @param pinned names that the settings pin, whatever the store says
     * @return what the store has; empty if it has not been read before
     * @throws org.dlora.cluster.catalogue.CatalogueUnavailableException if the store is away
     */
    Optional<CatalogueContent> follow(Set<String> pinned) {
        // Read under the lock: what is read before a change of our own would undo it.
        return writer.alone(() -> {
            if (!writer.isKnown()) {
                return Optional.empty();
            }
            var content = writer.read();
            for (var record : content.adapters()) {
                var before = writer.record(record.name());
                if (!before.equals(Optional.of(record))) {
                    writer.followed(record);
                    if (!loads.follow(record)) {
                        unserved(record);
                    }
                    followPin(record, before, pinned);
                }
            }
            for (var name : writer.names()) {
                if (content.adapters().stream().noneMatch(one -> one.name().equals(name))) {
                    log.info("Adapter {} was deleted by another server", name);
                    writer.forgotten(name);
                    var _ = cluster.withdraw(name);
                }
            }
            return Optional.of(content);
        });
    }

    private void followPin(
            AdapterRecord record, Optional<AdapterRecord> before, Set<String> pinned) {
        boolean isPinned = record.details().pinned().orElse(false);
        boolean wasPinned = before.flatMap(known -> known.details().pinned()).orElse(false);
        if (isPinned != wasPinned && !pinned.contains(record.name())) {
            pin(record.name(), isPinned);
        }
    }

    /** Returns {@code residency} with its pins written to the store. */
    public ResidencyService recorded(ResidencyService residency) {
        return new RecordedResidency(residency, writer);
    }

    /** Writes what has been found out about adapters, such as the numbers of versions. */
    public void settle() {
        writer.settle();
    }

    @Override
    public CompletableFuture<Void> unload(String name) {
        return writer.change(() -> {
            var gone = loads.unload(name).orElseThrow(() -> new NoSuchAdapterException(name));
            log.info("Unloaded adapter {}", name);
            return gone;
        });
    }

    /**
     * Takes an adapter's version away because its files cannot be served, and the name with the
     * last version that requests for it get. Does nothing if the name has other files by now.
     */
    public void withdrawBroken(RegisteredAdapter files, LoadException problem) {
        withdrawGone(files, String.valueOf(problem.getMessage()));
    }

    /** Does the same with files that are not there any more. */
    void withdrawGone(RegisteredAdapter files, String why) {
        try {
            writer.alone(() -> {
                loads.withdraw(files, why)
                        .ifPresent(adapter -> broken.add(adapter.name(), adapter.folder(), why));
                return true;
            });
        } catch (IllegalStateException e) {
            log.debug("Adapter {} is not withdrawn", files.name(), e);
        }
    }

    /**
     * Lists the adapters that were withdrawn because of their files, and have not been loaded or
     * rolled back since.
     */
    public List<BrokenAdapter> broken() {
        return broken.all().stream()
                .filter(one -> cluster.catalogue().find(one.name()).isEmpty())
                .toList();
    }

    /** Waits for the running change, and refuses all others from now on. */
    @Override
    public void close() {
        if (unused != null) {
            unused.close();
        }
        writer.close();
    }

    /** Checks that one of the memories can have room for the adapter. */
    private void requireRoom(String name, long bytes) {
        IllegalStateException refusal = null;
        for (var memory : memories) {
            try {
                memory.requireRoom(name, bytes);
                return;
            } catch (IllegalStateException e) {
                refusal = e;
            }
        }
        if (refusal != null) {
            throw refusal;
        }
    }

    private boolean requireFree(String name, boolean inPlace) {
        var catalogue = cluster.catalogue();
        if (name.equals(catalogue.baseName())) {
            throw new AdapterRefusedException(
                    "'%s' is the name of the base model; give the adapter another".formatted(name));
        }
        boolean isServed = catalogue.entry(name).isPresent();
        if (!inPlace && isServed) {
            throw new AdapterRefusedException(
                    "The lora adapter '%s' has already been loaded. If you want to load the adapter in place, set 'load_inplace' to true."
                            .formatted(name));
        }
        if (!isServed && writer.record(name).isEmpty()) {
            NewNames.check(name);
        }
        return true;
    }
}
