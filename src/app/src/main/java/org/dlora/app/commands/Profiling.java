package org.dlora.app.commands;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.dlora.adapter.AdapterRoots;
import org.dlora.adapter.content.Adapter;
import org.dlora.adapter.weights.AdapterWeights;
import org.dlora.app.source.DemoFiles;
import org.dlora.bench.profile.ProfileReport;
import org.dlora.bench.profile.ProfileShape;
import org.dlora.bench.profile.StepProfiler;
import org.dlora.device.Device;
import org.dlora.device.KvLayout;
import org.dlora.device.cpu.CpuDevice;
import org.dlora.device.cpu.limits.LimitMeter;
import org.dlora.engine.Replica;
import org.dlora.engine.ReplicaSettings;
import org.dlora.engine.merging.MergePermits;
import org.dlora.engine.opening.Closing;
import org.dlora.engine.opening.HostProcessors;
import org.dlora.model.BaseModel;
import org.dlora.model.weights.DecoderWeights;
import org.dlora.model.weights.WeightPrecision;
import org.dlora.replica.SchedulingSettings;
import org.dlora.scheduling.StepLimits;
import org.dlora.tensor.DType;
import org.jspecify.annotations.Nullable;

/**
 * A profile run. It builds one replica as the server does, but on a watched device, and measures
 * its steps.
 */
final class Profiling {
    private final Settings settings;
    private final Closing closing;

    /**
     * The shape of a profile run.
     *
     * @param model folder of the base model; null = the bundled demo model
     * @param adapters folder whose sub-folders are adapters; null = none
     * @param prompt tokens of a prefill step, and the context at which decoding begins
     * @param output tokens that each sequence decodes
     * @param batch sequences of a decode step
     * @param adaptersInBatch adapters dealt out to the sequences, or {@link #ALL}
     * @param threads of the CPU; 0 = one per processor
     * @param use kernels in C that may compute
     */
    record Settings(
            @Nullable Path model,
            @Nullable Path adapters,
            int prompt,
            int output,
            int batch,
            int adaptersInBatch,
            int threads,
            CpuDevice.Native use) {
        static final int ALL = -1;
    }

    private Profiling(Settings settings, Closing closing) {
        this.settings = settings;
        this.closing = closing;
    }

    /**
     * Measures the limits and the steps.
     *
     * @throws IllegalArgumentException if the settings do not fit the model or each other
     * @throws org.dlora.tensor.LoadException if the model or an adapter cannot be loaded
     */
    static ProfileReport run(Settings settings) {
        try (var closing = new Closing()) {
            return new Profiling(settings, closing).report();
        }
    }

    private ProfileReport report() {
        var folder = settings.model();
        var model =
                closing.later(
                        BaseModel.open(
                                folder == null ? closing.later(DemoFiles.open()).model() : folder));
        HostProcessors.refusal("--native", settings.use())
                .ifPresent(reason -> {
                    throw new IllegalArgumentException(reason);
                });
        var cpu = closing.later(HostProcessors.open(settings.use()));
        var adapters = adapters(model, cpu);
        var shape =
                new ProfileShape(
                        settings.prompt(),
                        settings.output(),
                        settings.batch(),
                        List.copyOf(adapters.keySet()));
        check(shape, model);
        var weights =
                closing.later(
                        DecoderWeights.pack(
                                model, cpu, WeightPrecision.AUTO, shape.sequenceTokens(), _ -> {}));
        weights.indexOutput();
        var weightType =
                WeightPrecision.AUTO.storage(model.modules().stream().map(model::weight).toList());
        var profiler = new StepProfiler(shape, weights.sites());
        var replica =
                closing.later(
                        new Replica(
                                cut(shape, cpu.kvDtype(weightType)),
                                model,
                                weights,
                                profiler.device(cpu),
                                settings.threads(),
                                adapters,
                                MergePermits.ALL,
                                SchedulingSettings.DEFAULT,
                                new SimpleMeterRegistry()));
        replica.start();
        replica.warmUp(closing::goOn);
        var meter =
                closing.later(
                        new LimitMeter(settings.threads(), weights.bytes(), cpu.family().family()));
        return profiler.run(replica, model.spec().vocabSize(), cpu, meter::measure);
    }

    private Map<String, AdapterWeights> adapters(BaseModel model, Device device) {
        var weights = new TreeMap<String, AdapterWeights>();
        var folder = settings.adapters();
        if (folder == null || settings.adaptersInBatch() == 0) {
            return weights;
        }
        var scan = AdapterRoots.scan(List.of(folder), model);
        scan.adapters().forEach(closing::later);
        for (var problem : scan.problems()) {
            throw problem.error();
        }
        int wanted = wanted(scan.adapters(), folder);
        for (var adapter : scan.adapters().subList(0, wanted)) {
            weights.put(
                    adapter.name(),
                    closing.later(AdapterWeights.upload(adapter, device, WeightPrecision.AUTO)));
        }
        return weights;
    }

    private int wanted(List<Adapter> found, Path folder) {
        int wanted = settings.adaptersInBatch();
        if (wanted == Settings.ALL) {
            return found.size();
        }
        if (wanted < 0 || wanted > found.size()) {
            throw new IllegalArgumentException(
                    "--adapters-in-batch is %d: expected 0 to %d, the adapters in %s"
                            .formatted(wanted, found.size(), folder));
        }
        return wanted;
    }

    private static void check(ProfileShape shape, BaseModel model) {
        if (shape.sequenceTokens() > model.spec().maxPositions()) {
            throw new IllegalArgumentException(
                    "--prompt=%d and --output=%d: expected at most %d tokens together, the model's max_position_embeddings"
                            .formatted(
                                    shape.promptTokens(),
                                    shape.outputTokens(),
                                    model.spec().maxPositions()));
        }
    }

    /** Returns settings with room for all sequences at once, and steps that one prompt fills. */
    private static ReplicaSettings cut(ProfileShape shape, DType kvDtype) {
        var limits = new StepLimits(shape.batch(), shape.stepRows(), KvLayout.BLOCK_TOKENS);
        int blocks = shape.batch() * (KvLayout.blocksFor(shape.sequenceTokens()) + 1);
        return new ReplicaSettings(
                "profile", limits, blocks, kvDtype, shape.sequenceTokens(), false);
    }
}
