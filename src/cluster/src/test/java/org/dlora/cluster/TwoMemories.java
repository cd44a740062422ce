package org.dlora.cluster;

import static java.util.Objects.requireNonNull;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.dlora.adapter.ContentMemo;
import org.dlora.adapter.RegisteredAdapter;
import org.dlora.adapter.weights.AdapterUploader;
import org.dlora.cluster.TinyCluster.Answer;
import org.dlora.cluster.adapters.ServedAdapter;
import org.dlora.cluster.facts.RequestFacts;
import org.dlora.cluster.facts.RequestObserver;
import org.dlora.cluster.migration.MigrationMeters;
import org.dlora.cluster.residency.AdapterMemory;
import org.dlora.device.Device;
import org.dlora.device.MemoryLedger;
import org.dlora.device.cpu.CpuDevice;
import org.dlora.engine.Replica;
import org.dlora.engine.ReplicaSettings;
import org.dlora.engine.merging.MergePermits;
import org.dlora.model.BaseModel;
import org.dlora.model.weights.DecoderWeights;
import org.dlora.model.weights.WeightPrecision;
import org.dlora.replica.SchedulingSettings;
import org.dlora.replica.request.GenerationEvent;
import org.dlora.scheduling.StepLimits;
import org.dlora.scheduling.dispatch.DispatchPolicy;
import org.dlora.tensor.DType;

/**
 * Two real replicas of a tiny model that have an adapter memory each, of their own names. The
 * adapters are resident in the first.
 */
final class TwoMemories implements AutoCloseable {
    static final List<String> ADAPTERS = List.of("r8-all", "dora");

    final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    final MigrationMeters meters = new MigrationMeters(registry);
    final BlockingQueue<RequestFacts> facts = new LinkedBlockingQueue<>();
    final List<Replica> replicas = new ArrayList<>();
    final List<AdapterMemory> memories = new ArrayList<>();
    final ServedNames names;
    final Cluster cluster;
    private final BaseModel model = BaseModel.open(TinyCluster.GOLDEN.resolve("models/qwen3"));

    /** Weights of each device. */
    private final Map<Device, DecoderWeights> weights = new LinkedHashMap<>();

    /** Opens the replicas on the host's processors. */
    TwoMemories() {
        this(Collections.nCopies(2, new CpuDevice()));
    }

    /**
     * Opens the replicas on other devices, which are not closed.
     *
     * @param devices of the first and of the second
     */
    TwoMemories(List<? extends Device> devices) {
        for (var device : devices) {
            weights.computeIfAbsent(device, this::pack);
        }
        var served = ADAPTERS.stream().map(name -> served(name, devices.getFirst())).toList();
        for (var id : List.of("0", "1")) {
            var device = devices.get(replicas.size());
            var replica = replica(id, device);
            var resident = id.equals("0") ? served : List.<ServedAdapter>of();
            var memory = TinyMemory.of(id, device, List.of(replica), resident);
            served.stream()
                    .filter(adapter -> !resident.contains(adapter))
                    .forEach(adapter -> memory.register(adapter.id(), adapter.source()));
            replicas.add(replica);
            memories.add(memory);
        }
        RequestObserver collector = facts::add;
        names = new ServedNames(TinyCluster.BASE, served);
        cluster =
                new Cluster(
                        replicas,
                        memories,
                        10_000,
                        names,
                        SchedulingSettings.DEFAULT,
                        DispatchPolicy.PREDICTED_FINISH.rule(),
                        List.of(meters, collector));
        cluster.migrations().watch(meters);
    }

    private DecoderWeights pack(Device device) {
        return DecoderWeights.pack(model, device, WeightPrecision.FLOAT32, 64, layer -> {});
    }

    private ServedAdapter served(String name, Device device) {
        var uploader = new AdapterUploader(device, WeightPrecision.AUTO, MemoryLedger.unlimited());
        var files =
                RegisteredAdapter.of(
                        TinyCluster.ADAPTERS.resolve(name), model, uploader, ContentMemo.none());
        return new ServedAdapter(name + "#1", files, Instant.EPOCH);
    }

    private Replica replica(String id, Device device) {
        var settings = new ReplicaSettings(id, new StepLimits(4, 32, 16), 24, DType.F32, 64, true);
        var replica =
                new Replica(
                        settings,
                        model,
                        requireNonNull(weights.get(device)),
                        device,
                        1,
                        Map.of(),
                        MergePermits.ALL,
                        SchedulingSettings.DEFAULT,
                        registry);
        replica.start();
        return replica;
    }

    /** Submits {@link MigrationsTest#request} of a number of indices from 0 on. */
    List<Answer> ask(String prefix, int requests) {
        var answers = new ArrayList<Answer>();
        for (int i = 0; i < requests; i++) {
            var answer = new Answer();
            cluster.submit(MigrationsTest.request(prefix + i, i), answer);
            answers.add(answer);
        }
        return answers;
    }

    /** Waits for the last events, and returns all of each answer. */
    static List<List<GenerationEvent>> await(List<Answer> answers) throws InterruptedException {
        var events = new ArrayList<List<GenerationEvent>>();
        for (var answer : answers) {
            events.add(MigrationsTest.ignoringCosts(answer.await()));
        }
        return events;
    }

    boolean isResident(String memory, String adapter) {
        return memories.get(Integer.parseInt(memory)).isResident(adapter + "#1");
    }

    @Override
    public void close() {
        cluster.close();
        memories.forEach(AdapterMemory::close);
        weights.values().forEach(DecoderWeights::close);
        model.close();
    }
}
