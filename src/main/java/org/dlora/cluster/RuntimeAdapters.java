package org.dlora.cluster;

import java.time.Clock;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
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
import org.dlora.cluster.catalogue.CatalogueStore;
import org.dlora.cluster.catalogue.MemoryCatalogueStore;
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
    }

    /**
     * @param memories of the cluster's replicas
     * @param store that changes are written to before they take effect
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
    }

    @Override
    public ServedAdapter load(String name, String path, boolean inPlace) {
        return writer.alone(() -> {
            requireFree(name, inPlace);
            return activate(name, path);
        });
    }

    private ServedAdapter activate(String name, String path) {
        var folder = source.folder(path);
        var registered = source.validate(name, folder);
        requireRoom(name, registered.bytes());
        var next = loads.load(registered, true).adapter();
        forgetProblem(name);
        log.info("Registered adapter {} from {}", name, folder);
        return next;
    }

    /** See {@link CatalogueService#addVersion}. */
    int addVersion(String name, String path, boolean isActivated) {
        return writer.alone(() -> {
            if (cluster.catalogue().entry(name).isEmpty()) {
                throw new NoSuchAdapterException(name);
            }
            var folder = source.folder(path);
            var registered = source.validate(name, folder);
            requireRoom(name, registered.bytes());
            int number = loads.load(registered, isActivated).number();
            log.info("Registered version {} of adapter {} from {}", number, name, folder);
            return number;
        });
    }

    /** Returns whether a root has a sub-folder of that name. */
    boolean isBelowARoot(String name) {
        return source.isEntry(name);
    }

    /** Returns the catalogue as administrators see and change it. */
    public CatalogueService catalogue() {
        return new AdapterCatalogue(writer, this);
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
        return writer.alone(() -> {
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
     * Lists the adapters that were withdrawn because of their files, and were not loaded again
     * since.
     */
    public List<BrokenAdapter> broken() {
        return List.copyOf(broken);
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

    private void requireFree(String name, boolean inPlace) {
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
    }
}
