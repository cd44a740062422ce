package org.dlora.catalogue;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import org.dlora.adapter.AdapterSource;
import org.dlora.adapter.RegisteredAdapter;
import org.dlora.catalogue.served.Catalogue;
import org.dlora.catalogue.served.CatalogueService;
import org.dlora.catalogue.served.ClusterResidency;
import org.dlora.catalogue.served.Registrations;
import org.dlora.catalogue.served.ResidencyService;
import org.dlora.catalogue.source.AcquisitionRequest;
import org.dlora.catalogue.versions.CatalogueStore;
import org.dlora.catalogue.versions.MemoryCatalogueStore;
import org.dlora.cluster.Cluster;
import org.dlora.cluster.TinyCluster;
import org.dlora.cluster.TinyCluster.Answer;
import org.dlora.cluster.TinyCluster.FullDevice;
import org.dlora.cluster.adapters.ServedAdapter;
import org.dlora.cluster.facts.ClusterEvents;
import org.dlora.cluster.facts.RequestFacts;
import org.dlora.cluster.facts.RequestObserver;
import org.dlora.cluster.fidelity.MeasuredPermits;
import org.dlora.cluster.residency.AdapterMemory;
import org.dlora.device.MemoryLedger;
import org.dlora.engine.ReplicaRef;
import org.dlora.replica.request.GenerationRequest;
import org.dlora.replica.request.PrefixOwner;
import org.dlora.tensor.LoadException;

/** A {@link TinyCluster} with a catalogue, whose adapters come and go. */
public final class TinyServer implements AutoCloseable {
    static final Path GOLDEN = TinyCluster.GOLDEN;
    static final Path ADAPTERS = TinyCluster.ADAPTERS;
    public static final String BASE = TinyCluster.BASE;
    static final Instant NOW = TinyCluster.NOW;

    final Catalogue catalogue = new Catalogue(BASE, List.of());
    final TinyCluster replicas;
    final SimpleMeterRegistry registry;
    final FullDevice device;
    final MeasuredPermits permits;
    final AdapterMemory memory;
    final CatalogueStore store;
    final ClusterEvents events = new ClusterEvents(InstantSource.system());
    final BlockingQueue<RequestFacts> facts;
    final Cluster cluster;
    final HostedCatalogue hosted;
    final AdapterSource source;
    final RuntimeAdapters adapters;

    /**
     * @param others replicas beside the two
     */
    TinyServer(List<Path> roots, ReplicaRef... others) {
        this(MemoryLedger.unlimited(), roots, _ -> {}, others);
    }

    /**
     * @param observer is told of each request's end before {@link #facts} have it
     */
    TinyServer(List<Path> roots, RequestObserver observer) {
        this(MemoryLedger.unlimited(), roots, observer);
    }

    /**
     * @param ledger for adapters alone
     */
    TinyServer(MemoryLedger ledger, List<Path> roots, ReplicaRef... others) {
        this(ledger, roots, _ -> {}, others);
    }

    /**
     * @param store keeps the catalogue
     */
    TinyServer(List<Path> roots, CatalogueStore store) {
        this(MemoryLedger.unlimited(), roots, _ -> {}, store);
    }

    private TinyServer(
            MemoryLedger ledger, List<Path> roots, RequestObserver observer, ReplicaRef... others) {
        this(ledger, roots, observer, new MemoryCatalogueStore(), others);
    }

    private TinyServer(
            MemoryLedger ledger,
            List<Path> roots,
            RequestObserver observer,
            CatalogueStore store,
            ReplicaRef... others) {
        replicas = new TinyCluster(ledger, roots, observer, catalogue, this::broken, others);
        registry = replicas.registry;
        device = replicas.device;
        permits = replicas.permits;
        memory = replicas.memory;
        facts = replicas.facts;
        cluster = replicas.cluster;
        source = replicas.source;
        hosted = new HostedCatalogue(cluster, catalogue);
        var clock = Clock.fixed(NOW, ZoneOffset.UTC);
        this.store = store;
        adapters =
                new RuntimeAdapters(
                        hosted, List.of(memory), source, clock, new Registrations(clock, 0), store);
        adapters.tell(events);
        adapters.restored(store.read(), List.of());
    }

    public TinyServer() {
        this(List.of(ADAPTERS));
    }

    /** Returns the bytes of an adapter in memory, which differ with the lanes of the kernels. */
    static long bytes(String folder) {
        try (var server = new TinyServer()) {
            server.load("a", folder, false);
            return server.memory.bytes();
        }
    }

    private void broken(RegisteredAdapter files, LoadException problem) {
        adapters.withdrawBroken(files, problem);
    }

    /** Returns the catalogue as administrators change it. */
    public CatalogueService service() {
        return adapters.catalogue();
    }

    /** Returns the names that are served. */
    public Catalogue names() {
        return catalogue;
    }

    /** Returns the scheduling, whose shares go to the store. */
    public SchedulingService scheduling() {
        return new MeasuredScheduling(hosted, permits, store);
    }

    /** Returns the residency, whose pins go to the store. */
    public ResidencyService residency() {
        return new ClusterResidency(
                catalogue,
                List.of(memory),
                Map.of("host", MemoryLedger.unlimited()),
                adapters::broken,
                adapters.pins());
    }

    /** Serves the adapter in {@code folder} as {@code name}. */
    public void serve(String name, String folder) {
        var _ = register(name, folder, true);
    }

    /** Serves the adapter in {@code folder} as {@code name}, which may be taken in place. */
    public ServedAdapter register(String name, String folder, boolean inPlace) {
        return adapters.service().register(new AcquisitionRequest(name, folder, inPlace, true));
    }

    /** Serves the adapter in the folder of a request as files that came from elsewhere. */
    public ServedAdapter register(AcquisitionRequest request, String origin) {
        var content = source.validate(request.name(), source.folder(request.source()));
        return adapters.service().register(request, content, origin);
    }

    /** Takes a name away. */
    CompletableFuture<Void> unregister(String name) {
        return adapters.service().unregister(name);
    }

    /** Serves the adapter in {@code folder} as {@code name}, and loads it. */
    ServedAdapter load(String name, String folder, boolean inPlace) {
        var adapter = register(name, folder, inPlace);
        memory.makeResident(adapter.id()).join();
        return adapter;
    }

    /** Returns the number of token ids of the model. */
    int vocabulary() {
        return replicas.vocabulary();
    }

    ReplicaRef replica(int number) {
        return replicas.replica(number);
    }

    /** Submits a request. */
    Answer ask(String id, String adapter, int firstToken, int tokens) {
        return replicas.ask(id, adapter, firstToken, tokens);
    }

    /** Returns how many tokens of a prompt are found in the prefix cache of an owner. */
    int cachedTokens(String id, String adapter, int[] prompt, PrefixOwner owner)
            throws InterruptedException {
        return replicas.cachedTokens(id, adapter, prompt, owner);
    }

    public static GenerationRequest request(String id, String adapter, int firstToken, int tokens) {
        return TinyCluster.request(id, adapter, firstToken, tokens);
    }

    /** Closes as the program does: changes end, then the replicas, then memory is freed. */
    @Override
    public void close() {
        adapters.close();
        replicas.close();
    }
}
