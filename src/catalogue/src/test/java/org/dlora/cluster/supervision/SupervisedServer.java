package org.dlora.cluster.supervision;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Clock;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.BooleanSupplier;
import org.awaitility.Awaitility;
import org.dlora.adapter.AdapterSource;
import org.dlora.adapter.ContentMemo;
import org.dlora.adapter.content.MergeFidelity;
import org.dlora.adapter.weights.AdapterUploader;
import org.dlora.adapter.weights.UploadPace;
import org.dlora.catalogue.HostedCatalogue;
import org.dlora.catalogue.RuntimeAdapters;
import org.dlora.catalogue.served.Catalogue;
import org.dlora.catalogue.source.AcquisitionRequest;
import org.dlora.cluster.Cluster;
import org.dlora.cluster.adapters.ServedAdapter;
import org.dlora.cluster.fidelity.FidelityStore;
import org.dlora.cluster.fidelity.MeasuredPermits;
import org.dlora.cluster.residency.AdapterLoads;
import org.dlora.cluster.residency.AdapterMemory;
import org.dlora.cluster.residency.ResidencyMeters;
import org.dlora.cluster.residency.ResidencyOptions;
import org.dlora.device.FaultyDevice;
import org.dlora.device.MemoryLedger;
import org.dlora.device.MemoryUse;
import org.dlora.engine.Replica;
import org.dlora.engine.ReplicaSettings;
import org.dlora.engine.delivery.GenerationListener;
import org.dlora.engine.merging.CopyMemory;
import org.dlora.engine.meters.ReplicaMetrics;
import org.dlora.model.BaseModel;
import org.dlora.model.weights.DecoderWeights;
import org.dlora.model.weights.WeightPrecision;
import org.dlora.replica.MergeSettings;
import org.dlora.replica.SchedulingSettings;
import org.dlora.replica.request.GenerationEvent;
import org.dlora.replica.request.GenerationEvent.Finished;
import org.dlora.replica.request.SequenceUsage;
import org.dlora.scheduling.MergeRules;
import org.dlora.scheduling.PolicySource;
import org.dlora.scheduling.ServiceWeights;
import org.dlora.scheduling.SloLimits;
import org.dlora.scheduling.StepLimits;
import org.dlora.scheduling.policy.PolicyKind;
import org.dlora.scheduling.policy.PolicySettings;
import org.dlora.scheduling.residency.CostAwareResidency;
import org.dlora.scheduling.residency.ResidencySettings;
import org.dlora.tensor.DType;

/**
 * Two supervised replicas of a model, which are watched in scripted time. They share an adapter
 * memory, or have one each.
 */
final class SupervisedServer implements AutoCloseable {
    /** Most sequences of a step. */
    static final int PLACES = 4;

    final FaultyDevice device = new FaultyDevice();
    final SupervisedModel served;
    final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    final MemoryLedger ledger;
    final List<SupervisedReplica> replicas = new ArrayList<>();
    final Catalogue catalogue = new Catalogue("tiny", List.of());
    final Cluster cluster;
    final RuntimeAdapters adapters;
    final List<AdapterMemory> memories = new ArrayList<>();
    private final SchedulingSettings scheduling;
    private final MeasuredPermits permits =
            new MeasuredPermits(
                    _ -> new MergeFidelity(1, 0, 0),
                    _ -> MergeRules.never("it is as in a server that does not merge"),
                    FidelityStore.NONE,
                    metrics);
    private final BaseModel model;
    private final DecoderWeights weights;
    private final List<ReplicaSupervisor> supervisors = new ArrayList<>();
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private double now;

    /**
     * @param bytes for adapters, and for what failed replicas hold
     */
    SupervisedServer(long bytes) {
        this(bytes, SupervisedModel.TINY, true, PolicySettings.of(PolicyKind.UNMERGED));
    }

    /**
     * @param bytes for adapters, and for what failed replicas hold
     * @param isShared whether the replicas share their adapter memory
     */
    SupervisedServer(long bytes, SupervisedModel served, boolean isShared, PolicySource policy) {
        this.served = served;
        model = BaseModel.open(served.folder());
        ledger = new MemoryLedger(bytes);
        scheduling =
                new SchedulingSettings(
                        policy, SloLimits.NONE, MergeSettings.DEFAULT, ServiceWeights.EQUAL);
        weights = DecoderWeights.pack(model, device, WeightPrecision.FLOAT32, 64, _ -> {});
        for (var id : List.of("0", "1")) {
            replicas.add(replica(id));
        }
        var uploader = new AdapterUploader(device, WeightPrecision.AUTO, MemoryLedger.unlimited());
        if (isShared) {
            memories.add(memory("host", uploader, replicas));
        } else {
            replicas.forEach(one -> memories.add(memory(one.id(), uploader, List.of(one))));
        }
        cluster = new Cluster(replicas, memories, 1000, catalogue, scheduling);
        adapters =
                new RuntimeAdapters(
                        new HostedCatalogue(cluster, catalogue),
                        memories,
                        new AdapterSource(
                                List.of(served.root()), model, uploader, ContentMemo.none()),
                        Clock.systemUTC());
        loadAll();
        for (var replica : replicas) {
            supervisors.add(
                    new ReplicaSupervisor(
                            replica,
                            () ->
                                    replicas.stream()
                                            .noneMatch(
                                                    other -> other != replica && other.isServing()),
                            new WatchdogSettings(30, 50, 600),
                            cluster,
                            threads,
                            metrics,
                            now));
        }
    }

    /** Serves the adapters, and has them resident everywhere. */
    void loadAll() {
        for (var name : served.adapters()) {
            var id = register(name, name).id();
            memories.forEach(memory -> memory.makeResident(id).join());
        }
    }

    private AdapterMemory memory(
            String name, AdapterUploader uploader, List<SupervisedReplica> sharing) {
        var loads =
                new AdapterLoads(
                        uploader, UploadPace.FULL, SupervisedServer::seconds, (_, _) -> {});
        loads.tell(permits);
        var memory =
                new AdapterMemory(
                        new ResidencyOptions(
                                name,
                                new CostAwareResidency(),
                                ResidencySettings.DEFAULT,
                                SupervisedServer::seconds,
                                60,
                                InstantSource.system()),
                        loads,
                        new ResidencyMeters(name, metrics));
        memory.start(sharing);
        return memory;
    }

    private SupervisedReplica replica(String id) {
        var settings =
                new ReplicaSettings(id, new StepLimits(PLACES, 32, 16), 24, DType.F32, 64, true);
        var meters = new ReplicaMetrics(metrics, id);
        return new SupervisedReplica(
                (_, scheduling) -> {
                    var started =
                            new Replica(
                                    settings,
                                    model,
                                    weights,
                                    device,
                                    1,
                                    Map.of(),
                                    permits,
                                    scheduling,
                                    meters,
                                    CopyMemory.upTo(settings.mergeBytes()));
                    started.start();
                    return started;
                },
                bytes -> ledger.reserve(MemoryUse.FENCED, bytes)::close,
                scheduling,
                Clock.systemUTC());
    }

    private static double seconds() {
        return 1e-9 * System.nanoTime();
    }

    /** Lets a second of scripted time go on, again and again, until it is so. */
    void until(BooleanSupplier condition) {
        Awaitility.await()
                .until(() -> {
                    second();
                    return condition.getAsBoolean();
                });
    }

    /** Lets a second of scripted time go on, in which no replica comes to the end of a turn. */
    void second() {
        now++;
        supervisors.forEach(one -> one.check(now));
    }

    /** Lets time go on for the supervisor of one replica alone, until the replica is fenced. */
    void fence(int replica) {
        while (replicas.get(replica).isServing()) {
            now++;
            supervisors.get(replica).check(now);
        }
    }

    /** Waits until a replica has nothing to do. */
    void awaitRest(int replica) {
        Awaitility.await().until(() -> replicas.get(replica).latest().heartbeat().isResting());
    }

    /** Submits the request of a number. */
    Answer ask(String id, int number) {
        var answer = new Answer();
        cluster.submit(served.request(id, number), answer);
        return answer;
    }

    /** Serves the adapter in a folder under a name, in place of one that has it. */
    ServedAdapter register(String name, String folder) {
        return adapters.service().register(new AcquisitionRequest(name, folder, true, true));
    }

    @Override
    public void close() {
        device.openAll();
        adapters.close();
        cluster.close();
        threads.close();
        permits.close();
        memories.forEach(AdapterMemory::close);
        weights.close();
        model.close();
    }

    /** The events of one request. */
    static final class Answer implements GenerationListener {
        private final List<GenerationEvent> events =
                Collections.synchronizedList(new ArrayList<>());
        private final CountDownLatch ended = new CountDownLatch(1);

        @Override
        public void on(GenerationEvent event) {
            events.add(event);
            if (event.isLast()) {
                ended.countDown();
            }
        }

        /** Waits for the last event and returns all, without what they took. */
        List<GenerationEvent> await() throws InterruptedException {
            ended.await();
            return events.stream()
                    .map(event ->
                            event instanceof Finished end
                                    ? new Finished(
                                            end.reason(),
                                            end.text(),
                                            end.stop(),
                                            SequenceUsage.NONE)
                                    : event)
                    .toList();
        }
    }
}
