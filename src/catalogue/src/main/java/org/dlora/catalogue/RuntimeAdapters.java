package org.dlora.catalogue;

import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.dlora.adapter.AdapterSource;
import org.dlora.adapter.RegisteredAdapter;
import org.dlora.catalogue.accounts.TokenAccounts;
import org.dlora.catalogue.gate.GateRunner;
import org.dlora.catalogue.served.AdapterService;
import org.dlora.catalogue.served.BrokenAdapter;
import org.dlora.catalogue.served.CatalogueEntry;
import org.dlora.catalogue.served.CatalogueService;
import org.dlora.catalogue.served.FolderListing;
import org.dlora.catalogue.served.PinRecorder;
import org.dlora.catalogue.served.Registrations;
import org.dlora.catalogue.shadow.ShadowRuns;
import org.dlora.catalogue.source.ContentStore;
import org.dlora.catalogue.versions.AdapterRecord;
import org.dlora.catalogue.versions.CatalogueContent;
import org.dlora.catalogue.versions.CatalogueStore;
import org.dlora.catalogue.versions.Gate;
import org.dlora.catalogue.versions.MemoryCatalogueStore;
import org.dlora.catalogue.versions.VersionRecord;
import org.dlora.cluster.facts.ClusterEvents;
import org.dlora.cluster.residency.AdapterMemory;
import org.dlora.tensor.LoadException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The adapters of a running server: the services that change them, and what the store and the
 * folders say of them. Changes come one at a time.
 */
public final class RuntimeAdapters implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(RuntimeAdapters.class);

    /** Folders that are listed at most. */
    private static final int FOLDERS = 200;

    private final HostedCatalogue hosted;
    private final List<AdapterMemory> memories;
    private final AdapterSource source;
    private final CatalogueStore store;
    private final CatalogueWriter writer;
    private final VersionRegistrar versions;
    private @Nullable UnusedContents unused;
    private final VersionGates gates;
    private final GateRunner runner;
    private final BrokenAdapters broken;
    private final AdapterRegistrar registrar;
    private final StoredAdapters stored;
    private final ShadowRuns shadows;
    private final PinnedAdapters pins;

    /** Runtime adapters of a catalogue that ends with the process. */
    public RuntimeAdapters(
            HostedCatalogue hosted,
            List<AdapterMemory> memories,
            AdapterSource source,
            Clock clock) {
        this(
                hosted,
                memories,
                source,
                clock,
                new Registrations(clock, hosted.names().registrations().size()),
                new MemoryCatalogueStore());
        writer.known(CatalogueContent.EMPTY);
    }

    /**
     * @param memories of the cluster's replicas
     * @param store that changes are written to before they take effect. Changes wait for {@link
     *     #restored} or {@link #restore}
     */
    public RuntimeAdapters(
            HostedCatalogue hosted,
            List<AdapterMemory> memories,
            AdapterSource source,
            Clock clock,
            Registrations registrations,
            CatalogueStore store) {
        this.hosted = hosted;
        this.memories = List.copyOf(memories);
        this.source = source;
        this.store = store;
        broken = new BrokenAdapters(clock);
        var cluster = hosted.cluster();
        shadows =
                new ShadowRuns(
                        cluster.pool(), cluster.requests(), hosted.names(), cluster.observer());
        cluster.shadowBy(shadows);
        writer = new CatalogueWriter(hosted, store);
        versions = new VersionRegistrar(writer, source, registrations);
        runner = new GateRunner(new UnseenRequests(cluster), source.base(), clock);
        gates = new VersionGates(writer, registrations, runner);
        pins = new PinnedAdapters(writer, this.memories);
        registrar =
                new AdapterRegistrar(
                        writer,
                        source,
                        versions,
                        gates,
                        new AdapterChecks(writer, this.memories),
                        pins,
                        broken,
                        this::folders);
        stored = new StoredAdapters(writer, versions, pins, broken);
    }

    /** Tells {@code events} of the results of gates from now on. */
    public void tell(ClusterEvents events) {
        gates.tell(events);
    }

    /** Has gates and shadows paid by {@code accounts} from now on. */
    public void chargeTo(TokenAccounts accounts) {
        runner.chargeTo(accounts);
        shadows.chargeTo(accounts);
    }

    /** Ends the gates that run, and refuses others, as the server ends. */
    public void endGates() {
        runner.end();
    }

    /** Returns the service that registers and unregisters adapters. */
    public AdapterService service() {
        return registrar;
    }

    AdapterRegistrar registrar() {
        return registrar;
    }

    /** Returns the shadows of requests. */
    ShadowRuns shadows() {
        return shadows;
    }

    HostedCatalogue hosted() {
        return hosted;
    }

    /** Returns whether the store has been read, for which changes wait. */
    boolean isReady() {
        return writer.isKnown();
    }

    /** Returns the record of an adapter, served or not. */
    Optional<AdapterRecord> record(String name) {
        return hosted.names().entry(name).map(CatalogueEntry::record).or(() -> writer.record(name));
    }

    /** Returns the gate in force of an adapter, served or not. */
    Optional<Gate> gate(String name) {
        return gates.gate(name);
    }

    /** Notes why the adapter in a folder is not served. */
    void notServed(String name, Path folder, String why) {
        broken.add(name, folder, why);
    }

    void forgetProblem(String name) {
        broken.remove(name);
    }

    private FolderListing folders() {
        var served =
                hosted.names().entries().stream()
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

    /** Returns the folders that adapters are registered from. */
    AdapterSource source() {
        return source;
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
        stored.restored(kept, unserved);
    }

    /**
     * Serves what the store has, where the server began to serve without it.
     *
     * @param pinned names that the settings pin
     */
    public void restore(CatalogueContent kept, List<String> pinned) {
        stored.restore(kept, pinned);
    }

    /**
     * Takes over what other servers have changed in the store.
     *
     * @param pinned names that the settings pin, whatever the store says
     * @return content of the store; empty if the store has not been read before
     * @throws org.dlora.catalogue.versions.CatalogueUnavailableException if the store is away
     */
    Optional<CatalogueContent> follow(Set<String> pinned) {
        return stored.follow(pinned);
    }

    /** Returns the recorder that writes pins to the store. */
    public PinRecorder pins() {
        return pins;
    }

    /** Writes what has been found out about adapters, such as the numbers of versions. */
    public void settle() {
        writer.settle();
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
                versions.withdraw(files, why)
                        .ifPresent(adapter -> broken.add(adapter.name(), adapter.folder(), why));
                return true;
            });
        } catch (IllegalStateException e) {
            log.debug("Adapter {} is not withdrawn", files.name(), e);
        }
    }

    /**
     * Lists the adapters that were withdrawn because of their files, and have not been registered
     * or rolled back since.
     */
    public List<BrokenAdapter> broken() {
        return broken.all().stream()
                .filter(one -> hosted.names().find(one.name()).isEmpty())
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
}
