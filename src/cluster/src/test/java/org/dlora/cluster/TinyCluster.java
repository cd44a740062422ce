package org.dlora.cluster;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.BiConsumer;
import java.util.function.DoubleSupplier;
import org.dlora.adapter.AdapterSource;
import org.dlora.adapter.ContentMemo;
import org.dlora.adapter.RegisteredAdapter;
import org.dlora.adapter.content.MergeFidelity;
import org.dlora.adapter.weights.AdapterUploader;
import org.dlora.adapter.weights.UploadPace;
import org.dlora.cluster.adapters.ModelNames;
import org.dlora.cluster.adapters.ServedAdapter;
import org.dlora.cluster.facts.RequestFacts;
import org.dlora.cluster.facts.RequestObserver;
import org.dlora.cluster.fidelity.FidelityStore;
import org.dlora.cluster.fidelity.MeasuredPermits;
import org.dlora.cluster.residency.AdapterLoads;
import org.dlora.cluster.residency.AdapterMemory;
import org.dlora.cluster.residency.ResidencyMeters;
import org.dlora.cluster.residency.ResidencyOptions;
import org.dlora.device.ForwardingDevice;
import org.dlora.device.MemoryLedger;
import org.dlora.device.WeightMatrix;
import org.dlora.engine.Replica;
import org.dlora.engine.ReplicaRef;
import org.dlora.engine.ReplicaSettings;
import org.dlora.engine.delivery.GenerationListener;
import org.dlora.model.BaseModel;
import org.dlora.model.weights.DecoderWeights;
import org.dlora.model.weights.WeightPrecision;
import org.dlora.replica.SchedulingSettings;
import org.dlora.replica.request.GenerationEvent;
import org.dlora.replica.request.GenerationEvent.Finished;
import org.dlora.replica.request.GenerationRequest;
import org.dlora.replica.request.PrefixOwner;
import org.dlora.replica.request.SamplingParams;
import org.dlora.replica.request.SequenceUsage;
import org.dlora.replica.request.StepCounts;
import org.dlora.replica.request.StopConditions;
import org.dlora.scheduling.AdapterRef;
import org.dlora.scheduling.MergeRules;
import org.dlora.scheduling.StepLimits;
import org.dlora.scheduling.dispatch.DispatchPolicy;
import org.dlora.scheduling.residency.CostAwareResidency;
import org.dlora.scheduling.residency.ResidencySettings;
import org.dlora.tensor.DType;
import org.dlora.tensor.LoadException;
import org.dlora.tensor.Tensor;
import org.dlora.testing.TestFiles;

/**
 * A cluster of two real replicas of a tiny model on a device whose bytes are counted and can run
 * out.
 */
public final class TinyCluster implements AutoCloseable {
    public static final Path GOLDEN = TestFiles.golden();
    public static final Path ADAPTERS = GOLDEN.resolve("adapters/qwen3");
    public static final String BASE = "tiny";
    public static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");

    public final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    public final FullDevice device = new FullDevice();
    public final MeasuredPermits permits =
            new MeasuredPermits(
                    adapter -> new MergeFidelity(1, 0, 0),
                    fidelity -> MergeRules.FREE,
                    FidelityStore.NONE,
                    registry);
    public final AdapterMemory memory;
    private final List<ReplicaRef> replicas;
    public final BlockingQueue<RequestFacts> facts = new LinkedBlockingQueue<>();
    public final ModelNames names;
    public final Cluster cluster;
    public final AdapterSource source;
    private final BaseModel model = BaseModel.open(GOLDEN.resolve("models/qwen3"));
    private final DecoderWeights weights;

    /** Returns a cluster whose adapters are served by {@link #load}. */
    TinyCluster(RequestObserver observer) {
        this(
                MemoryLedger.unlimited(),
                List.of(ADAPTERS),
                observer,
                new ServedNames(BASE, List.of()),
                (_, _) -> {});
    }

    TinyCluster() {
        this(_ -> {});
    }

    /**
     * @param ledger for adapters alone
     * @param observer is told of each request's end before {@link #facts} have it
     * @param broken is told of adapters whose files cannot be served
     * @param others replicas beside the two
     */
    public TinyCluster(
            MemoryLedger ledger,
            List<Path> roots,
            RequestObserver observer,
            ModelNames names,
            BiConsumer<RegisteredAdapter, LoadException> broken,
            ReplicaRef... others) {
        this.names = names;
        weights = DecoderWeights.pack(model, device, WeightPrecision.FLOAT32, 64, layer -> {});
        var replicas = new ArrayList<ReplicaRef>();
        for (var id : List.of("0", "1")) {
            var settings =
                    new ReplicaSettings(id, new StepLimits(4, 32, 16), 24, DType.F32, 64, true);
            var replica =
                    new Replica(
                            settings,
                            model,
                            weights,
                            device,
                            1,
                            Map.of(),
                            permits,
                            SchedulingSettings.DEFAULT,
                            registry);
            replica.start();
            replicas.add(replica);
        }
        Collections.addAll(replicas, others);
        this.replicas = List.copyOf(replicas);
        var uploader = new AdapterUploader(device, WeightPrecision.AUTO, ledger);
        DoubleSupplier seconds = () -> 1e-9 * System.nanoTime();
        var loads = new AdapterLoads(uploader, UploadPace.FULL, seconds, broken);
        loads.tell(permits);
        var options =
                new ResidencyOptions(
                        "host",
                        new CostAwareResidency(),
                        ResidencySettings.DEFAULT,
                        seconds,
                        60,
                        InstantSource.system());
        memory = new AdapterMemory(options, loads, new ResidencyMeters("host", registry));
        memory.start(replicas);
        var memories = List.of(memory);
        cluster =
                new Cluster(
                        replicas,
                        memories,
                        10_000,
                        names,
                        SchedulingSettings.DEFAULT,
                        DispatchPolicy.PREDICTED_FINISH.rule(),
                        List.of(observer, facts::add));
        source = new AdapterSource(roots, model, uploader, ContentMemo.none());
    }

    /** Serves the adapter in {@code folder} as {@code name}, and loads it. */
    ServedAdapter load(String name, String folder) {
        var adapter =
                new ServedAdapter(name + "#1", source.validate(name, source.folder(folder)), NOW);
        var _ = ((ServedNames) names).change(cluster, adapter);
        memory.makeResident(adapter.id()).join();
        return adapter;
    }

    /** Returns the number of token ids of the model. */
    public int vocabulary() {
        return model.spec().vocabSize();
    }

    public ReplicaRef replica(int number) {
        return replicas.get(number);
    }

    /** Submits a request. */
    public Answer ask(String id, String adapter, int firstToken, int tokens) {
        var answer = new Answer();
        cluster.submit(request(id, adapter, firstToken, tokens), answer);
        return answer;
    }

    /** Returns how many tokens of a prompt are found in the prefix cache of an owner. */
    public int cachedTokens(String id, String adapter, int[] prompt, PrefixOwner owner)
            throws InterruptedException {
        var plain = request(id, adapter, 1, 1);
        var answer = new Answer();
        var asked =
                new GenerationRequest(
                        id, plain.adapter(), prompt, plain.sampling(), plain.stop(), 0, -1, true);
        cluster.submit(asked.withPrefixOwner(owner), answer);
        return ((Finished) answer.await().getLast()).usage().cachedTokens();
    }

    public static GenerationRequest request(String id, String adapter, int firstToken, int tokens) {
        var stop = new StopConditions(tokens, 0, true, Set.of(), List.of(), false);
        return new GenerationRequest(
                id,
                adapter.equals(BASE) ? AdapterRef.base() : AdapterRef.of(adapter),
                new int[] {firstToken, 7, 3, firstToken + 1, 11},
                SamplingParams.GREEDY,
                stop,
                0,
                -1,
                true);
    }

    /** Closes as the program does: the replicas end, then memory is freed. */
    @Override
    public void close() {
        cluster.close();
        permits.close();
        memory.close();
        weights.close();
        model.close();
    }

    /** The events of one request. */
    public static final class Answer implements GenerationListener {
        private final List<GenerationEvent> events =
                Collections.synchronizedList(new ArrayList<>());
        private final CountDownLatch started = new CountDownLatch(1);
        private final CountDownLatch ended = new CountDownLatch(1);

        @Override
        public void on(GenerationEvent event) {
            events.add(event);
            started.countDown();
            if (event.isLast()) {
                ended.countDown();
            }
        }

        public void awaitStart() throws InterruptedException {
            started.await();
        }

        public boolean isEnded() {
            return ended.getCount() == 0;
        }

        /**
         * Waits for the last event and returns all, tokens with their log-probabilities. The last
         * one does not tell the steps, which depend on the batch.
         */
        public List<GenerationEvent> await() throws InterruptedException {
            ended.await();
            return events.stream().map(Answer::withoutSteps).toList();
        }

        private static GenerationEvent withoutSteps(GenerationEvent event) {
            if (!(event instanceof Finished end)) {
                return event;
            }
            var usage = end.usage();
            return new Finished(
                    end.reason(),
                    end.text(),
                    end.stop(),
                    new SequenceUsage(
                            usage.promptTokens(),
                            usage.cachedTokens(),
                            usage.outputTokens(),
                            0,
                            StepCounts.NONE));
        }
    }

    /** The CPU device with room for a limited number of further matrices. */
    public static final class FullDevice extends ForwardingDevice {
        private int room = Integer.MAX_VALUE;

        public void room(int matrices) {
            room = matrices;
        }

        @Override
        public WeightMatrix matrix(List<Tensor> parts, DType storage) {
            if (room-- == 0) {
                throw new OutOfMemoryError("full");
            }
            return super.matrix(parts, storage);
        }
    }
}
