package org.dlora.app;

import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.dlora.adapter.Adapter;
import org.dlora.adapter.AdapterRoots;
import org.dlora.adapter.AdapterWeights;
import org.dlora.api.openai.Served;
import org.dlora.app.DloraProperties.GenerationConfigUse;
import org.dlora.cluster.Cluster;
import org.dlora.cluster.ServedModels;
import org.dlora.device.Device;
import org.dlora.device.KvLayout;
import org.dlora.device.cpu.CpuDevice;
import org.dlora.engine.Replica;
import org.dlora.engine.ReplicaSettings;
import org.dlora.model.BaseModel;
import org.dlora.model.DecoderWeights;
import org.dlora.model.GenerationDefaults;
import org.dlora.scheduling.ArrivalOrderPolicy;
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
        var adapters = adapters(source, model, closing);
        var cache = CachePlan.of(model.spec(), settings, Memory.total());
        if (cache.maxModelLength() < model.spec().maxPositions() && settings.maxModelLen() == 0) {
            log.warn(
                    "Prompt and answer may have {} tokens together, as dlora.kv-cache.size holds no"
                            + " more; the model allows {}",
                    cache.maxModelLength(),
                    model.spec().maxPositions());
        }
        var device = closing.later(new CpuDevice());
        var weights = pack(model, device, cache, closing);
        var uploaded = upload(adapters, device, closing);
        var cluster = start(model, weights, device, uploaded, cache, closing);
        return new Served(
                new ServedModels(
                        source.name(), model, cache.maxModelLength(), adapters, clock.instant()),
                defaults(model.generation()),
                settings.maxQueue(),
                cluster);
    }

    private static List<Adapter> adapters(ModelSource source, BaseModel model, Closing closing) {
        var scan = AdapterRoots.scan(source.adapterRoots(), model);
        scan.adapters().forEach(closing::later);
        scan.problems().forEach(p -> leftOut(p.folder(), p.error().getMessage()));
        var adapters = new ArrayList<Adapter>();
        for (var adapter : scan.adapters()) {
            try {
                ModelSource.checkName(adapter, source.name());
                adapters.add(adapter);
                adapter.warnings()
                        .forEach(warning -> log.warn("{}: {}", adapter.folder(), warning));
            } catch (LoadException e) {
                leftOut(adapter.folder(), e.getMessage());
            }
        }
        return adapters;
    }

    private static void leftOut(Object folder, @Nullable String why) {
        log.warn("Left out {}: {}", folder, why);
    }

    private DecoderWeights pack(BaseModel model, Device device, CachePlan cache, Closing closing) {
        var layers = new Progress(log, clock, "Packed layer", model.spec().layers());
        return closing.later(
                DecoderWeights.pack(
                        model,
                        device,
                        settings.dtype(),
                        cache.maxModelLength(),
                        done -> {
                            closing.goOn();
                            layers.reached(done);
                        }));
    }

    /** Removes from {@code adapters} what only now turns out not to be servable. */
    private Map<String, AdapterWeights> upload(
            List<Adapter> adapters, Device device, Closing closing) {
        var progress = new Progress(log, clock, "Loaded adapter", adapters.size());
        var uploaded = new LinkedHashMap<String, AdapterWeights>();
        for (var adapter : List.copyOf(adapters)) {
            try {
                uploaded.put(
                        adapter.name(),
                        closing.later(AdapterWeights.upload(adapter, device, settings.dtype())));
                progress.reached(uploaded.size());
            } catch (LoadException e) {
                leftOut(adapter.folder(), e.getMessage());
                adapters.remove(adapter);
            }
        }
        return uploaded;
    }

    private Cluster start(
            BaseModel model,
            DecoderWeights weights,
            Device device,
            Map<String, AdapterWeights> adapters,
            CachePlan cache,
            Closing closing) {
        var limits =
                new StepLimits(
                        settings.maxBatch(), settings.maxBatchTokens(), KvLayout.BLOCK_TOKENS);
        var asked = settings.replicasOrOne();
        int share = Math.max(1, Runtime.getRuntime().availableProcessors() / asked.size());
        var replicas = new ArrayList<Replica>();
        for (var one : asked) {
            var id = String.valueOf(replicas.size());
            var cut =
                    new ReplicaSettings(
                            id, limits, cache.blocks(), cache.dtype(), cache.maxModelLength());
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
                                    new ArrivalOrderPolicy(),
                                    metrics));
            replicas.add(replica);
            replica.start();
            log.info(
                    "Warming up replica {}: {} threads, KV cache of {} tokens",
                    id,
                    threads,
                    cache.tokens());
            replica.warmUp();
        }
        return closing.later(new Cluster(replicas, settings.maxQueue()));
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
