package org.dlora.app.wiring;

import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.dlora.adapter.ContentMemo;
import org.dlora.adapter.RegisteredAdapter;
import org.dlora.adapter.weights.AdapterWeights;
import org.dlora.adapter.weights.UploadPace;
import org.dlora.app.device.MemoryShare;
import org.dlora.app.settings.DloraProperties;
import org.dlora.catalogue.RuntimeAdapters;
import org.dlora.catalogue.served.Catalogue;
import org.dlora.catalogue.served.ContentChecks;
import org.dlora.cluster.facts.ClusterEvents;
import org.dlora.cluster.residency.AdapterLoads;
import org.dlora.cluster.residency.AdapterMemory;
import org.dlora.cluster.residency.AdapterWatch;
import org.dlora.cluster.residency.LoadPace;
import org.dlora.cluster.residency.ResidencyMeters;
import org.dlora.cluster.residency.ResidencyOptions;
import org.dlora.cluster.residency.ResidentCopies;
import org.dlora.engine.ReplicaRef;
import org.dlora.engine.opening.Closing;
import org.dlora.engine.opening.StartException;
import org.dlora.scheduling.residency.CostAwareResidency;
import org.dlora.scheduling.residency.ResidencySettings;
import org.dlora.tensor.LoadException;

/** The adapter memories of the server, and the adapters that are resident from the start. */
final class ServedAdapters {
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
     * @param events are told of the memories' changes
     */
    ServedAdapters(
            DloraProperties settings,
            MeterRegistry metrics,
            Clock clock,
            ClusterEvents events,
            PlacedWeights placed,
            Closing closing) {
        this.settings = settings;
        this.clock = clock;
        this.closing = closing;
        shares = placed.shares();
        var pace = pace();
        for (var share : shares) {
            var into =
                    new AdapterLoads(
                            placed.uploader(share),
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
            its.tell(events);
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
        var initial = InitialLoads.of(settings.adapters(), catalogue, isComplete, clock, closing);
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
            initial.into(memory, share);
        }
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
