package org.dlora.app.wiring;

import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import org.dlora.adapter.ContentMemo;
import org.dlora.adapter.RegisteredAdapter;
import org.dlora.adapter.weights.AdapterUploader;
import org.dlora.adapter.weights.AdapterWeights;
import org.dlora.adapter.weights.UploadPace;
import org.dlora.app.device.MemoryPlan;
import org.dlora.app.device.MemoryShare;
import org.dlora.app.settings.AdapterLoading;
import org.dlora.app.settings.DloraProperties;
import org.dlora.catalogue.RuntimeAdapters;
import org.dlora.catalogue.served.Catalogue;
import org.dlora.catalogue.served.ContentChecks;
import org.dlora.cluster.adapters.ServedAdapter;
import org.dlora.cluster.residency.AdapterLoads;
import org.dlora.cluster.residency.AdapterMemory;
import org.dlora.cluster.residency.AdapterWatch;
import org.dlora.cluster.residency.LoadPace;
import org.dlora.cluster.residency.ResidencyMeters;
import org.dlora.cluster.residency.ResidencyOptions;
import org.dlora.cluster.residency.ResidentCopies;
import org.dlora.engine.ReplicaRef;
import org.dlora.engine.opening.Closing;
import org.dlora.engine.opening.Progress;
import org.dlora.engine.opening.StartException;
import org.dlora.scheduling.residency.CostAwareResidency;
import org.dlora.scheduling.residency.ResidencySettings;
import org.dlora.tensor.LoadException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The adapter memories of the server, and the adapters that are resident from the start. */
final class ServedAdapters {
    private static final Logger log = LoggerFactory.getLogger(ServedAdapters.class);

    /** Adapters that are loaded before the warm-up, which measures what adapters cost. */
    private static final int WARM = 8;

    private final DloraProperties settings;
    private final Clock clock;
    private final Closing closing;
    private final List<MemoryShare> shares;
    private final List<ReplicaRef> replicas = new CopyOnWriteArrayList<>();
    private final CompletableFuture<RuntimeAdapters> changes = new CompletableFuture<>();
    private final List<AdapterLoads> loads = new ArrayList<>();
    private final List<AdapterMemory> memories = new ArrayList<>();

    /**
     * Creates an adapter memory for each share.
     *
     * @param uploaders to the memories
     */
    ServedAdapters(
            DloraProperties settings,
            MeterRegistry metrics,
            Clock clock,
            Closing closing,
            Function<MemoryShare, AdapterUploader> uploaders,
            List<MemoryShare> shares) {
        this.settings = settings;
        this.clock = clock;
        this.closing = closing;
        this.shares = shares;
        var pace = pace();
        for (var share : shares) {
            var into =
                    new AdapterLoads(
                            uploaders.apply(share),
                            pace,
                            ServedAdapters::seconds,
                            this::withdrawBroken);
            loads.add(into);
            memories.add(
                    closing.later(
                            new AdapterMemory(
                                    new ResidencyOptions(
                                            share.name(),
                                            new CostAwareResidency(),
                                            ResidencySettings.DEFAULT,
                                            ServedAdapters::seconds,
                                            settings.placement().rest().toNanos() / 1e9,
                                            clock),
                                    into,
                                    new ResidencyMeters(share.name(), metrics))));
        }
        for (int i = 0; i < memories.size(); i++) {
            var its = memories.get(i);
            loads.get(i).tell((ResidentCopies) id -> copy(its, id));
        }
    }

    /** Returns an adapter's weights in a memory other than {@code than}. */
    private Optional<AdapterWeights> copy(AdapterMemory than, String id) {
        return memories.stream()
                .filter(memory -> memory != than)
                .flatMap(memory -> memory.weights(id).stream())
                .findFirst();
    }

    private static double seconds() {
        return 1e-9 * System.nanoTime();
    }

    private void withdrawBroken(RegisteredAdapter files, LoadException problem) {
        // Elsewhere: a change that validates other files may take long, and loads must not wait.
        var _ =
                changes.thenAcceptAsync(
                        known -> known.withdrawBroken(files, problem),
                        task -> Thread.ofVirtual().name("broken-adapter").start(task));
    }

    /** Returns a pace that all of its users keep together. */
    private UploadPace pace() {
        return new LoadPace(
                () -> replicas.stream().anyMatch(replica -> replica.load().running() > 0),
                settings.adapters().loadRate().toBytes());
    }

    List<AdapterMemory> memories() {
        return memories;
    }

    /** Returns the adapter memory of a share. */
    AdapterMemory memory(MemoryShare share) {
        return memories.get(shares.indexOf(share));
    }

    /**
     * Registers the adapters of {@code catalogue}, and loads those that are resident from the
     * start.
     *
     * @param isComplete whether the catalogue has all adapters; else one that is to be pinned may
     *     follow
     * @param all started replicas
     * @param watch is told of weights that may be read
     * @throws StartException if these do not fit into the memory
     */
    void start(
            List<? extends ReplicaRef> all,
            Catalogue catalogue,
            boolean isComplete,
            AdapterWatch watch) {
        replicas.addAll(all);
        var served = catalogue.adapters();
        var pinned = pinned(catalogue, isComplete);
        for (int i = 0; i < shares.size(); i++) {
            var share = shares.get(i);
            var memory = memories.get(i);
            loads.get(i).tell(watch);
            memory.start(share.replicas().stream().map(all::get).toList());
            for (int j = 0; j < share.kv().size(); j++) {
                var replica = all.get(share.replicas().get(j));
                int least = share.cache().least(settings.kvCache().size());
                memory.share(replica, share.kv().get(j), least);
            }
            catalogue
                    .registrations()
                    .forEach(adapter -> memory.register(adapter.id(), adapter.source()));
            load(share, memory, served, pinned);
        }
    }

    private List<ServedAdapter> pinned(Catalogue catalogue, boolean isComplete) {
        return settings.adapters().pinned().stream()
                .distinct()
                .filter(name -> isComplete || catalogue.find(name).isPresent())
                .map(name ->
                        catalogue
                                .find(name)
                                .orElseThrow(() ->
                                        new StartException(
                                                "dlora.adapters.pinned names '%s', which is not served. Name an adapter below dlora.adapters.roots."
                                                        .formatted(name))))
                .toList();
    }

    private void load(
            MemoryShare share,
            AdapterMemory memory,
            List<ServedAdapter> served,
            List<ServedAdapter> pinned) {
        boolean isAll = settings.adapters().load() == AdapterLoading.START;
        var needed = isAll ? served : pinned;
        MemoryPlan.requireRoom(share.books(), memory.sparable(), needed.size(), bytes(needed));
        var wanted = new ArrayList<>(needed);
        long left = share.books().available() - bytes(needed);
        for (var adapter : served) {
            if (wanted.size() < WARM
                    && !wanted.contains(adapter)
                    && adapter.source().bytes() <= left) {
                wanted.add(adapter);
                left -= adapter.source().bytes();
            }
        }
        // All KV gives up is given up now, as its caches rest after each change. Loads of the start
        // do not evict one another.
        memory.makeRoom(bytes(needed)).join();
        needed.forEach(adapter -> memory.pin(adapter.id(), true));
        var progress = new Progress(log, clock, "Loaded adapter", wanted.size());
        for (int i = 0; i < wanted.size(); i++) {
            closing.goOn();
            makeResident(memory, wanted.get(i));
            progress.reached(i + 1);
        }
        needed.stream()
                .filter(adapter -> !pinned.contains(adapter))
                .forEach(adapter -> memory.pin(adapter.id(), false));
    }

    private static void makeResident(AdapterMemory memory, ServedAdapter adapter) {
        try {
            memory.makeResident(adapter.id()).join();
        } catch (CompletionException e) {
            var cause = e.getCause();
            log.warn("{}", String.valueOf(cause == null ? e : cause.getMessage()));
        }
    }

    private static long bytes(List<ServedAdapter> adapters) {
        return adapters.stream().mapToLong(adapter -> adapter.source().bytes()).sum();
    }

    /** Begins to validate the adapters' content in the background. */
    void check(Catalogue catalogue, RuntimeAdapters runtime, ContentMemo memo) {
        changes.complete(runtime);
        closing.later(memo::save);
        closing.later(
                        new ContentChecks(
                                catalogue.registrations(),
                                pace(),
                                (adapter, problem) ->
                                        runtime.withdrawBroken(adapter.source(), problem),
                                () -> {
                                    memo.save();
                                    runtime.settle();
                                }))
                .start();
    }
}
