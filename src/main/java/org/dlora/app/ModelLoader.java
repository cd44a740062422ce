package org.dlora.app;

import static java.util.stream.Collectors.toMap;

import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.function.Function;
import org.dlora.adapter.Adapter;
import org.dlora.adapter.AdapterRoots;
import org.dlora.adapter.AdapterSource;
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
import org.dlora.device.Device;
import org.dlora.device.KvLayout;
import org.dlora.device.cpu.CpuDevice;
import org.dlora.engine.MergePermits;
import org.dlora.engine.Replica;
import org.dlora.engine.ReplicaSettings;
import org.dlora.model.BaseModel;
import org.dlora.model.DecoderWeights;
import org.dlora.model.GenerationDefaults;
import org.dlora.model.cache.CachedWeights;
import org.dlora.scheduling.StepLimits;
import org.dlora.tensor.LoadException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/** Builds what is served from the settings: model, adapters, replicas. Says how far it is. */
@Component
final class ModelLoader {
    private static final Logger log = LoggerFactory.getLogger(ModelLoader.class);

    private final DloraProperties settings;
    private final MeterRegistry metrics;
    private final Clock clock;

    ModelLoader(DloraProperties settings, MeterRegistry metrics, Clock clock) {
        this.settings = settings;
        this.metrics = metrics;
        this.clock = clock;
    }

    /**
     * Loads, starts and warms up everything; what it opens goes to {@code closing}, also where it
     * fails.
     *
     * @throws org.dlora.tensor.LoadException if the model cannot be served; an adapter that cannot
     *     is left out
     * @throws java.util.concurrent.CancellationException if {@code closing} was stopped meanwhile
     * @throws StartException if the settings do not fit the model or the machine
     */
    Served load(Closing closing) {
        var source = ModelSource.of(settings, closing);
        log.info("Loading {} from {}", source.name(), source.folder());
        var model = closing.later(BaseModel.open(source.folder()));
        model.warnings().forEach(warning -> log.warn("{}: {}", source.folder(), warning));
        var validated = adapters(source, model, closing);
        var device = closing.later(new CpuDevice(settings.cpu().use()));
        var weightType = DecoderWeights.storage(model, settings.dtype());
        var memory = closing.later(new AdapterMemory(metrics));
        var loaded = upload(validated.adapters(), device, memory, closing);
        var cache =
                CachePlan.of(
                        model.spec(),
                        settings,
                        device.kvDtype(weightType),
                        Memory.total(),
                        Memory.heap()
                                + memory.bytes()
                                + model.spec().matrixElements() * weightType.bytes());
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
        var permits =
                closing.later(
                        new MeasuredPermits(
                                measure(model, weights, device, cache, closing),
                                settings.merge()::rules,
                                metrics));
        memory.tell(permits);
        var catalogue =
                new Catalogue(source.name(), loaded.stream().map(LoadedAdapter::adapter).toList());
        var cluster = start(model, weights, device, loaded, permits, catalogue, cache, closing);
        var scheduling = new MeasuredScheduling(cluster, memory, permits);
        closing.later(packer.keep());
        var changes =
                closing.later(
                        new RuntimeAdapters(
                                cluster,
                                memory,
                                new AdapterSource(
                                        source.adapterRoots(), model, device, settings.dtype()),
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

    /** Adapters whose files are open because they are not uploaded yet. */
    private record Validated(Deque<Adapter> adapters) implements AutoCloseable {
        @Override
        public void close() {
            adapters.forEach(Adapter::close);
        }
    }

    private static Validated adapters(ModelSource source, BaseModel model, Closing closing) {
        var scan = AdapterRoots.scan(source.adapterRoots(), model);
        var validated = closing.later(new Validated(new ArrayDeque<>(scan.adapters())));
        scan.problems().forEach(p -> leftOut(p.folder(), p.error().getMessage()));
        validated.adapters().removeIf(adapter -> !isNamed(adapter, source));
        return validated;
    }

    /** Whether it can have its name; its warnings are logged then, else it is closed. */
    private static boolean isNamed(Adapter adapter, ModelSource source) {
        try {
            ModelSource.checkName(adapter, source.name());
        } catch (LoadException e) {
            leftOut(adapter.folder(), e.getMessage());
            adapter.close();
            return false;
        }
        adapter.warnings().forEach(warning -> log.warn("{}: {}", adapter.folder(), warning));
        return true;
    }

    private static void leftOut(Object folder, @Nullable String why) {
        log.warn("Left out {}: {}", folder, why);
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

    /** Leaves out what only now turns out not to be servable; closes the files of each. */
    private List<LoadedAdapter> upload(
            Deque<Adapter> adapters, Device device, AdapterMemory memory, Closing closing) {
        var progress = new Progress(log, clock, "Loaded adapter", adapters.size());
        var loaded = new ArrayList<LoadedAdapter>();
        while (!adapters.isEmpty()) {
            closing.goOn();
            var folder = adapters.element().folder();
            try (var adapter = adapters.remove()) {
                var weights = AdapterWeights.upload(adapter, device, settings.dtype());
                loaded.add(memory.hold(weights, folder, clock.instant()));
                progress.reached(loaded.size());
            } catch (LoadException e) {
                leftOut(folder, e.getMessage());
            }
        }
        return loaded;
    }

    /** What merging costs in accuracy; on one thread, beside the replicas. */
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
        var limits =
                new StepLimits(
                        settings.maxBatch(), settings.maxBatchTokens(), KvLayout.BLOCK_TOKENS);
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
                            settings.prefixCache());
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
        return closing.later(new Cluster(replicas, settings.maxQueue(), catalogue, scheduling));
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
