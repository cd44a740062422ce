package org.dlora.cluster;

import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import org.dlora.adapter.AdapterRefusedException;
import org.dlora.adapter.AdapterSource;
import org.dlora.adapter.RegisteredAdapter;
import org.dlora.cluster.adapters.AdapterService;
import org.dlora.cluster.adapters.BrokenAdapter;
import org.dlora.cluster.adapters.CatalogueService;
import org.dlora.cluster.adapters.NoSuchAdapterException;
import org.dlora.cluster.adapters.Registrations;
import org.dlora.cluster.adapters.ResidencyService;
import org.dlora.cluster.adapters.ServedAdapter;
import org.dlora.cluster.catalogue.AdapterRecord;
import org.dlora.cluster.catalogue.CatalogueContent;
import org.dlora.cluster.catalogue.CatalogueStore;
import org.dlora.cluster.catalogue.GateResult;
import org.dlora.cluster.catalogue.MemoryCatalogueStore;
import org.dlora.cluster.catalogue.VersionRecord;
import org.dlora.cluster.facts.ClusterEvents;
import org.dlora.cluster.gate.GateRunner;
import org.dlora.cluster.residency.AdapterMemory;
import org.dlora.tensor.LoadException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Registers and unregisters adapters at run time, one at a time. An adapter is validated before it
 * is served. It is loaded into memory by the first request that needs it.
 */
public final class RuntimeAdapters implements AdapterService, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(RuntimeAdapters.class);

    private final Cluster cluster;
    private final List<AdapterMemory> memories;
    private final AdapterSource source;
    private final Clock clock;
    private final CatalogueWriter writer;
    private final VersionLoads loads;
    private final VersionGates gates;
    private final List<BrokenAdapter> broken = new CopyOnWriteArrayList<>();

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
        this.clock = clock;
        writer = new CatalogueWriter(cluster, store);
        loads = new VersionLoads(writer, source, registrations);
        var runner = new GateRunner(new UnseenRequests(cluster), source.base(), clock);
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
        judged.ifPresent(result -> {
            gates.tell(name, kept.number(), result);
            if (!result.passed()) {
                throw gates.failure(name, kept.number(), result);
            }
        });
        return kept.adapter().orElseThrow();
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
        var name = registered.name();
        var loaded = loads.load(registered, true, origin, judged);
        // A pin outlasts that the adapter was unloaded.
        writer.record(name).ifPresent(this::pinIfSaid);
        forgetProblem(name);
        log.info("Registered adapter {} from {}", name, registered.folder());
        return new Kept(loaded.number(), Optional.of(loaded.adapter()));
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

    /** See {@link CatalogueService#addVersion}. */
    int addVersion(String name, String path, boolean isActivated) {
        writer.change(() -> requireServed(name));
        var registered = validated(name, path);
        var judged =
                isActivated
                        ? gates.judge(registered, loads.becomes(registered))
                        : Optional.<GateResult>empty();
        int added = added(registered, isActivated, judged);
        judged.ifPresent(result -> {
            gates.tell(name, added, result);
            if (!result.passed()) {
                throw gates.failure(name, added, result);
            }
        });
        return added;
    }

    private int added(
            RegisteredAdapter registered, boolean isActivated, Optional<GateResult> judged) {
        var name = registered.name();
        return writer.change(() -> {
            var _ = requireServed(name);
            int number = loads.load(registered, isActivated, Optional.empty(), judged).number();
            log.info(
                    "Registered version {} of adapter {} from {}",
                    number,
                    name,
                    registered.folder());
            return number;
        });
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
        forgetProblem(record.name());
        var folder = record.version(record.route().main()).map(VersionRecord::folder).orElse("");
        broken.add(
                new BrokenAdapter(
                        record.name(),
                        Path.of(folder),
                        "none of the versions that its name stands for can be served; see the log",
                        clock.instant()));
    }

    /** Pins an adapter that is served; one that does not fit is reported. */
    private void pin(String name) {
        var ids =
                cluster.catalogue().entry(name).stream()
                        .flatMap(entry -> entry.routed().stream())
                        .map(ServedAdapter::id)
                        .toList();
        for (var memory : memories) {
            for (var id : ids) {
                try {
                    memory.pin(id, true);
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
        try {
            writer.alone(() -> {
                var why = String.valueOf(problem.getMessage());
                loads.withdraw(files, why)
                        .ifPresent(adapter -> {
                            forgetProblem(adapter.name());
                            broken.add(
                                    new BrokenAdapter(
                                            adapter.name(),
                                            adapter.folder(),
                                            why,
                                            clock.instant()));
                        });
                return true;
            });
        } catch (IllegalStateException e) {
            log.debug("Adapter {} is not withdrawn", files.name(), e);
        }
    }

    private void forgetProblem(String name) {
        broken.removeIf(one -> one.name().equals(name));
    }

    /**
     * Lists the adapters that were withdrawn because of their files, and have not been loaded or
     * rolled back since.
     */
    public List<BrokenAdapter> broken() {
        return broken.stream()
                .filter(one -> cluster.catalogue().find(one.name()).isEmpty())
                .toList();
    }

    /** Waits for the running change, and refuses all others from now on. */
    @Override
    public void close() {
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
        if (name.contains("@") && !isServed && writer.record(name).isEmpty()) {
            throw new AdapterRefusedException(
                    "'%s' cannot be a new adapter's name: '@' separates a name from a version or an alias, as in sql@3; give the adapter another"
                            .formatted(name));
        }
        return true;
    }
}
