package org.dlora.cluster.residency;

import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.DoubleAdder;
import org.dlora.adapter.ContentMemo;
import org.dlora.adapter.RegisteredAdapter;
import org.dlora.adapter.weights.AdapterUploader;
import org.dlora.adapter.weights.UploadPace;
import org.dlora.device.MemoryLedger;
import org.dlora.device.cpu.CpuDevice;
import org.dlora.engine.ReplicaRef;
import org.dlora.engine.delivery.GenerationListener;
import org.dlora.model.BaseModel;
import org.dlora.model.weights.WeightPrecision;
import org.dlora.replica.Ends;
import org.dlora.replica.request.FinishReason;
import org.dlora.replica.request.GenerationEvent;
import org.dlora.replica.request.GenerationEvent.Failed;
import org.dlora.replica.request.GenerationRequest;
import org.dlora.replica.request.SamplingParams;
import org.dlora.replica.request.StopConditions;
import org.dlora.scheduling.AdapterRef;
import org.dlora.scheduling.residency.Residence;
import org.dlora.scheduling.residency.ResidencyPlan;
import org.dlora.scheduling.residency.ResidencyPolicy;
import org.dlora.scheduling.residency.ResidencySettings;
import org.dlora.scheduling.residency.ResidencySnapshot;
import org.dlora.testing.TestFiles;

/** An adapter memory whose policy, clock, loads and replicas a test sets. */
public final class ScriptedMemory implements AutoCloseable {
    private static final Path GOLDEN = TestFiles.golden();

    /** Folders of adapters, by size. */
    public static final String SMALL = "r4-qv";

    public static final String LARGE = "r8-all";

    final CpuDevice device = new CpuDevice();
    public final MemoryLedger ledger;
    final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    final List<String> broken = Collections.synchronizedList(new ArrayList<>());
    final List<ScriptedReplica> replicas;
    final AdapterLoads loads;
    public final AdapterMemory memory;
    private final BaseModel base = BaseModel.open(GOLDEN.resolve("models/qwen3"));
    private final AdapterUploader uploader;
    private final List<ResidencySnapshot> snapshots =
            Collections.synchronizedList(new ArrayList<>());
    private volatile ResidencyPolicy policy = _ -> ResidencyPlan.NOTHING;
    private volatile UploadPace pace = UploadPace.FULL;
    private final DoubleAdder now = new DoubleAdder();

    /**
     * @param ids of the replicas
     */
    ScriptedMemory(MemoryLedger ledger, String... ids) {
        this(ledger, ResidencySettings.DEFAULT, ids);
    }

    ScriptedMemory(MemoryLedger ledger, ResidencySettings settings, String... ids) {
        this("host", ledger, settings, List.of(ids));
    }

    /**
     * @param name of the memory
     */
    ScriptedMemory(String name, MemoryLedger ledger, ResidencySettings settings, List<String> ids) {
        this.ledger = ledger;
        uploader = new AdapterUploader(device, WeightPrecision.AUTO, ledger);
        loads =
                new AdapterLoads(
                        uploader,
                        pace(),
                        now::sum,
                        (files, problem) -> broken.add(files.name() + ": " + problem.getMessage()));
        memory =
                new AdapterMemory(
                        new ResidencyOptions(name, this::plan, settings, now::sum, 60, this::time),
                        loads,
                        new ResidencyMeters(name, registry));
        replicas = ids.stream().map(ScriptedReplica::new).toList();
        memory.start(replicas);
    }

    private Instant time() {
        return Instant.EPOCH.plusMillis((long) (1000 * now.sum()));
    }

    private UploadPace pace() {
        return new UploadPace() {
            @Override
            public void advanced(long bytes) {
                pace.advanced(bytes);
            }

            @Override
            public void end() {
                pace.end();
            }
        };
    }

    /** Sets the pace of loads from now on. */
    void pace(UploadPace next) {
        pace = next;
    }

    private ResidencyPlan plan(ResidencySnapshot snapshot) {
        snapshots.add(snapshot);
        return policy.plan(snapshot);
    }

    /** Sets the rule of the plans from now on. */
    void policy(ResidencyPolicy next) {
        policy = next;
    }

    /** Lets the clock run. */
    public void pass(double seconds) {
        now.add(seconds);
    }

    /** Returns the snapshots so far. */
    List<ResidencySnapshot> snapshots() {
        return List.copyOf(snapshots);
    }

    /** Waits for a plan from now on, while plans are made again and again. */
    void awaitPlan() {
        int before = snapshots.size();
        await().until(() -> snapshots.size() > before);
    }

    /** Waits for a plan that comes after the beginning of {@code change}, which may be the last. */
    void awaitPlanOf(Runnable change) {
        int before = snapshots.size();
        change.run();
        await().until(() -> snapshots.size() > before);
    }

    public ScriptedReplica replica() {
        return replicas.getFirst();
    }

    /** Registers the adapter in {@code folder} under an id, which is its name as well. */
    GatedAdapter register(String id, String folder) {
        return register(id, id, folder);
    }

    /** Registers the adapter in {@code folder} as a version of the one named {@code name}. */
    GatedAdapter register(String id, String name, String folder) {
        var adapter = new GatedAdapter(registered(name, folder));
        memory.register(id, adapter);
        return adapter;
    }

    private RegisteredAdapter registered(String name, String folder) {
        return RegisteredAdapter.of(
                name,
                GOLDEN.resolve("adapters/qwen3").resolve(folder),
                base,
                uploader,
                ContentMemo.none());
    }

    /** Returns the bytes of the adapter in {@code folder}. */
    public static long bytes(String folder) {
        try (var base = BaseModel.open(GOLDEN.resolve("models/qwen3"))) {
            var uploader =
                    new AdapterUploader(
                            new CpuDevice(), WeightPrecision.AUTO, MemoryLedger.unlimited());
            return RegisteredAdapter.of(
                            GOLDEN.resolve("adapters/qwen3").resolve(folder),
                            base,
                            uploader,
                            ContentMemo.none())
                    .bytes();
        }
    }

    /** Loads adapters one after another, whatever the policy. */
    void makeResident(String... ids) {
        var before = policy;
        for (var id : ids) {
            policy = loading(id);
            memory.makeResident(id).join();
        }
        policy = before;
    }

    /** Returns the policy that loads an adapter as soon as it is absent and wanted. */
    static ResidencyPolicy loading(String id) {
        return snapshot ->
                find(snapshot, id) == Residence.ABSENT
                        ? new ResidencyPlan(List.of(), List.of(), List.of(id), List.of())
                        : ResidencyPlan.NOTHING;
    }

    /** Returns the policy that plans {@code plan} while adapter {@code id} is absent and wanted. */
    static ResidencyPolicy whileAbsent(String id, ResidencyPlan plan) {
        return snapshot -> find(snapshot, id) == Residence.ABSENT ? plan : ResidencyPlan.NOTHING;
    }

    private static Residence find(ResidencySnapshot snapshot, String id) {
        return snapshot.adapters().stream()
                .filter(adapter -> adapter.id().equals(id))
                .map(adapter -> adapter.residence())
                .findFirst()
                .orElse(Residence.RESIDENT);
    }

    public AdapterStatus status(String id) {
        return memory.status(id).orElseThrow();
    }

    public Residence residence(String id) {
        return status(id).residence();
    }

    public void awaitResidence(String id, Residence residence) {
        await().until(() -> residence(id) == residence);
    }

    Answered ask(String request, String adapter) {
        var answered = new Answered();
        submit(request(request, adapter, 1), answered);
        return answered;
    }

    private static ReplicaRef leastLoaded(List<ReplicaRef> replicas) {
        return replicas.stream()
                .filter(ReplicaRef::isServing)
                .min(
                        Comparator.comparingInt(
                                replica -> replica.load().running() + replica.load().waiting()))
                .orElseThrow(() -> new IllegalStateException("No replica is serving"));
    }

    /** Gives a request to the replica of least load once its adapter is resident. */
    void submit(GenerationRequest request, GenerationListener listener) {
        leastLoaded(memory.replicas()).check(request);
        memory.admit(
                new AdapterClient() {
                    @Override
                    public GenerationRequest request() {
                        return request;
                    }

                    @Override
                    public void granted(AdapterUse use) {
                        leastLoaded(use.replicas())
                                .submit(
                                        request,
                                        event -> {
                                            try {
                                                listener.on(event);
                                            } finally {
                                                if (event.isLast()) {
                                                    use.close();
                                                }
                                            }
                                        });
                    }

                    @Override
                    public void failed(Failed event) {
                        listener.on(event);
                    }

                    @Override
                    public void cancelled() {
                        listener.on(Ends.finished(FinishReason.CANCELLED, "", null, 1, 0, 0));
                    }
                });
    }

    public static GenerationRequest request(String id, String adapter, int promptTokens) {
        return new GenerationRequest(
                id,
                AdapterRef.of(adapter),
                new int[promptTokens],
                SamplingParams.GREEDY,
                StopConditions.after(1),
                -1,
                -1,
                true);
    }

    /** The events of one request. */
    public static final class Answered implements GenerationListener {
        private final BlockingQueue<GenerationEvent> events = new LinkedBlockingQueue<>();

        @Override
        public void on(GenerationEvent event) {
            events.add(event);
        }

        /** Waits for the next event. */
        GenerationEvent next() throws InterruptedException {
            return Objects.requireNonNull(events.poll(60, TimeUnit.SECONDS));
        }

        boolean isEmpty() {
            return events.isEmpty();
        }

        Optional<GenerationEvent> peek() {
            return Optional.ofNullable(events.peek());
        }
    }

    /** Closes the replicas, and frees all memory. */
    @Override
    public void close() {
        memory.stop();
        replicas.forEach(ScriptedReplica::close);
        memory.close();
        base.close();
    }
}
