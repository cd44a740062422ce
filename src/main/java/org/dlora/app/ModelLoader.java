package org.dlora.app;

import static java.util.stream.Collectors.toMap;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.function.Function;
import org.dlora.adapter.AdapterSource;
import org.dlora.adapter.AdapterUploader;
import org.dlora.adapter.AdapterWeights;
import org.dlora.adapter.MergeFidelity;
import org.dlora.adapter.MergeProbe;
import org.dlora.api.openai.Served;
import org.dlora.app.DloraProperties.GenerationConfigUse;
import org.dlora.cluster.AdapterMemory;
import org.dlora.cluster.Catalogue;
import org.dlora.cluster.Cluster;
import org.dlora.cluster.LoadedAdapter;
import org.dlora.cluster.MeasuredPermits;
import org.dlora.cluster.MeasuredScheduling;
import org.dlora.cluster.RuntimeAdapters;
import org.dlora.cluster.ServedModels;
import org.dlora.cluster.facts.RequestObserver;
import org.dlora.device.Device;
import org.dlora.device.KvLayout;
import org.dlora.device.MemoryLedger;
import org.dlora.device.cpu.CpuDevice;
import org.dlora.engine.Replica;
import org.dlora.engine.ReplicaSettings;
import org.dlora.engine.weights.MergePermits;
import org.dlora.model.BaseModel;
import org.dlora.model.DecoderWeights;
import org.dlora.model.GenerationDefaults;
import org.dlora.model.cache.CachedWeights;
import org.dlora.scheduling.StepLimits;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * Loader of all that is served: it builds model, adapters and replicas from the settings, and logs
 * its progress.
 */
@Component
final class ModelLoader {
    private static final Logger log = LoggerFactory.getLogger(ModelLoader.class);

    private final DloraProperties settings;
    private final MeterRegistry metrics;
    private final Clock clock;
    private final List<RequestObserver> observers;
    private final MemoryLedger ledger = new MemoryLedger(ProcessMemory.limit());
    private volatile int leftOut;

    /**
     * @param observers are told of each request's end
     */
    ModelLoader(
            DloraProperties settings,
            MeterRegistry metrics,
            Clock clock,
            List<RequestObserver> observers) {
        this.settings = settings;
        this.metrics = metrics;
        this.clock = clock;
        this.observers = observers;
        Gauge.builder("dlora.adapters.left.out", this, ModelLoader::leftOut)
                .description("Adapters of the roots that could not be served at the start")
                .register(metrics);
        MemoryMeters.register(ledger, metrics);
    }

    /** Returns the number of adapters in the roots that could not be served. */
    int leftOut() {
        return leftOut;
    }

    /**
     * Loads, starts and warms up everything. All it opens goes to {@code closing}, also if it
     * fails.
     *
     * @throws org.dlora.tensor.LoadException if the model cannot be served. An adapter that cannot
     *     be served is left out
     * @throws java.util.concurrent.CancellationException if {@code closing} was stopped meanwhile
     * @throws StartException if the settings do not fit the model or the machine
     */
    Served load(Closing closing) {
        var source = ModelSource.of(settings, closing);
        log.info("Loading {} from {}", source.name(), source.folder());
        var model = closing.later(BaseModel.open(source.folder()));
        model.warnings().forEach(warning -> log.warn("{}: {}", source.folder(), warning));
        var initial = closing.later(InitialAdapters.validate(source, model));
        var device = closing.later(new CpuDevice(settings.cpu().use()));
        var weightType = DecoderWeights.storage(model, settings.dtype());
        var plan = new MemoryPlan(ledger, closing);
        plan.process(ProcessMemory.heap(), ProcessMemory.overhead());
        var planned = plan.weights(model.spec().matrixElements() * weightType.bytes());
        var memory = closing.later(new AdapterMemory(metrics));
        var uploader = new AdapterUploader(device, settings.dtype(), ledger);
        var loaded = initial.upload(uploader, memory, clock, closing);
        leftOut = initial.leftOut();
        long copies = ReplicaSettings.copyBytes(model.spec(), weightType);
        var room = new CachePlan.Room(ledger.limit(), ledger.taken(), copies);
        var cache = CachePlan.of(model.spec(), settings, device.kvDtype(weightType), room);
        int replicas = settings.replicasOrOne().size();
        plan.replicas(replicas, ReplicaSettings.bufferBytes(model.spec(), stepLimits()), cache);
        if (settings.policy().mayMerge() && cache.mergeBytes() < copies) {
            log.warn(
                    "Merged weights may need {} MB, twice those of an adapter on all matrices while"
                            + " one takes the place of another; {} MB are left for them",
                    Math.ceilDiv(copies, 1 << 20),
                    cache.mergeBytes() >> 20);
        }
        if (cache.maxModelLength() < model.spec().maxPositions() && settings.maxModelLen() == 0) {
            log.warn(
                    "Prompt and answer may have {} tokens together, as dlora.kv-cache.size holds no"
                            + " more; the model allows {}",
                    cache.maxModelLength(),
                    model.spec().maxPositions());
        }
        var packer =
                closing.later(
                        settings.cache()
                                .map(kept -> kept.open(model.tensors(), device, weightType))
                                .orElseGet(() -> CachedWeights.none(device)));
        var weights = pack(model, device, packer, cache, closing);
        planned.correct(weights.bytes());
        var cut = plan.merging(replicas, cache, copies);
        if (settings.policy().mayMerge()) {
            plan.mergedWeights();
        }
        var permits =
                closing.later(
                        new MeasuredPermits(
                                measure(model, weights, device, cache, closing),
                                settings.merge()::rules,
                                metrics));
        memory.tell(permits);
        var catalogue =
                new Catalogue(source.name(), loaded.stream().map(LoadedAdapter::adapter).toList());
        var cluster = start(model, weights, device, loaded, permits, catalogue, cut, closing);
        var scheduling =
                new PlannedScheduling(new MeasuredScheduling(cluster, memory, permits), plan);
        closing.later(packer.keep());
        var changes =
                closing.later(
                        new RuntimeAdapters(
                                cluster,
                                memory,
                                new AdapterSource(source.adapterRoots(), model, uploader),
                                clock));
        return new Served(
                new ServedModels(model, cache.maxModelLength(), catalogue, clock.instant()),
                defaults(model.generation()),
                settings.maxQueue(),
                settings.allowExact(),
                cluster,
                settings.allowsRuntimeUpdates() ? Optional.of(changes) : Optional.empty(),
                settings.allowOpenNetwork() ? Optional.empty() : Optional.of(scheduling));
    }

    private DecoderWeights pack(
            BaseModel model,
            Device device,
            CachedWeights packer,
            CachePlan cache,
            Closing closing) {
        var layers = new Progress(log, clock, "Packed layer", model.spec().layers());
        return closing.later(
                DecoderWeights.pack(
                        model,
                        device,
                        packer,
                        settings.dtype(),
                        cache.maxModelLength(),
                        done -> {
                            closing.goOn();
                            if (!packer.isFound()) {
                                layers.reached(done);
                            }
                        }));
    }

    /**
     * Returns the measurement of merged weights' accuracy. It runs on one thread, beside the
     * replicas.
     */
    private static Function<AdapterWeights, MergeFidelity> measure(
            BaseModel model,
            DecoderWeights weights,
            Device device,
            CachePlan cache,
            Closing closing) {
        var prompt = model.tokenizer().encode(MergeProbe.PROMPT, true);
        var probe =
                closing.later(
                        new MergeProbe(model.spec(), weights, device, 1, cache.dtype(), prompt));
        return adapter -> probe.measure(adapter).orElseThrow();
    }

    private Cluster start(
            BaseModel model,
            DecoderWeights weights,
            Device device,
            List<LoadedAdapter> loaded,
            MergePermits permits,
            Catalogue catalogue,
            CachePlan cache,
            Closing closing) {
        var limits = stepLimits();
        var adapters =
                loaded.stream().collect(toMap(one -> one.adapter().id(), LoadedAdapter::weights));
        var asked = settings.replicasOrOne();
        var scheduling = settings.scheduling(catalogue);
        int share = Math.max(1, Runtime.getRuntime().availableProcessors() / asked.size());
        var replicas = new ArrayList<Replica>();
        for (var one : asked) {
            var id = String.valueOf(replicas.size());
            var cut =
                    new ReplicaSettings(
                            id,
                            limits,
                            cache.blocks(),
                            cache.dtype(),
                            cache.maxModelLength(),
                            settings.prefixCache(),
                            cache.mergeBytes());
            int threads = one.threads() == 0 ? share : one.threads();
            var replica =
                    closing.later(
                            new Replica(
                                    cut,
                                    model,
                                    weights,
                                    device,
                                    threads,
                                    adapters,
                                    permits,
                                    scheduling,
                                    metrics));
            replicas.add(replica);
            replica.start();
            log.info(
                    "Warming up replica {}: {} threads, KV cache of {} tokens",
                    id,
                    threads,
                    cache.tokens());
            replica.warmUp(closing::goOn);
        }
        return closing.later(
                new Cluster(replicas, settings.maxQueue(), catalogue, scheduling, observers));
    }

    private StepLimits stepLimits() {
        return new StepLimits(
                settings.maxBatch(), settings.maxBatchTokens(), KvLayout.BLOCK_TOKENS);
    }

    private GenerationDefaults defaults(GenerationDefaults model) {
        return settings.generationConfig() == GenerationConfigUse.AUTO
                ? model
                : new GenerationDefaults(
                        model.endTokens(),
                        OptionalDouble.empty(),
                        OptionalDouble.empty(),
                        OptionalInt.empty(),
                        OptionalDouble.empty(),
                        OptionalDouble.empty());
    }
}
