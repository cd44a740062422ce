package org.dlora.engine;

import static java.util.Objects.requireNonNull;

import io.micrometer.core.instrument.MeterRegistry;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.dlora.adapter.AdapterRoots;
import org.dlora.adapter.content.Adapter;
import org.dlora.adapter.content.MergeFidelity;
import org.dlora.adapter.weights.AdapterWeights;
import org.dlora.adapter.weights.MergeTerms;
import org.dlora.device.Device;
import org.dlora.device.cpu.CpuDevice;
import org.dlora.engine.merging.AdapterFacts;
import org.dlora.engine.merging.CopyMemory;
import org.dlora.engine.merging.LiveWeights;
import org.dlora.engine.merging.MergePermits;
import org.dlora.engine.merging.MergeProbe;
import org.dlora.engine.weights.AdapterTerms;
import org.dlora.model.BaseModel;
import org.dlora.model.weights.DecoderWeights;
import org.dlora.model.weights.StepWeights;
import org.dlora.model.weights.WeightBits;
import org.dlora.model.weights.WeightPrecision;
import org.dlora.testing.TestFiles;

/** A small reference model with those of its adapters that are supported. */
public final class GoldenModel implements AutoCloseable {
    public static final Path ROOT = TestFiles.golden();
    static final Path VECTORS = TestFiles.data("vectors");
    private static final int MAX_POSITIONS = 256;

    private final Device device;
    private final BaseModel model;
    private final DecoderWeights weights;
    private final List<Adapter> adapters;
    private final Map<String, AdapterWeights> uploaded = new HashMap<>();

    GoldenModel(String name) {
        this(ROOT, name);
    }

    /** The model {@code name} of {@code set}, one of the two above. */
    GoldenModel(Path set, String name) {
        this(set, name, new CpuDevice(), WeightPrecision.FLOAT32);
    }

    /** On {@code device}, which is not closed. */
    GoldenModel(Path set, String name, Device device, WeightPrecision precision) {
        this(set, name, device, precision, false);
    }

    /**
     * On {@code device}, which is not closed.
     *
     * @param isParked whether the pristine weights lie in the host's memory
     */
    GoldenModel(Path set, String name, Device device, WeightPrecision precision, boolean isParked) {
        this.device = device;
        model = BaseModel.open(set.resolve("models").resolve(name));
        weights = DecoderWeights.pack(model, device, precision, MAX_POSITIONS, layer -> {});
        weights.indexOutput();
        if (isParked) {
            weights.park(device);
        }
        adapters =
                AdapterRoots.scan(List.of(set.resolve("adapters").resolve(name)), model).adapters();
        for (var adapter : adapters) {
            uploaded.put(adapter.name(), AdapterWeights.upload(adapter, device, precision));
        }
    }

    int vocabSize() {
        return model.spec().vocabSize();
    }

    /** Names of its adapters, sorted. */
    List<String> adapterNames() {
        return uploaded.keySet().stream().sorted().toList();
    }

    /** Returns the merge terms of the adapter {@code name}. */
    MergeTerms mergeTerms(String name) {
        return requireNonNull(uploaded.get(name)).merge();
    }

    /** An adapter as replicas serve it. */
    AdapterTerms terms(String name) {
        return new AdapterFacts(model.spec(), weights, MergePermits.ALL, Long.MAX_VALUE)
                .of(requireNonNull(uploaded.get(name)));
    }

    /** Returns what a probe measures of an adapter. */
    MergeFidelity measure(String name) {
        var prompt = model.tokenizer().encode(MergeProbe.PROMPT, true);
        var kv = device.kvDtype(weights.dtype());
        try (var probe = new MergeProbe(model.spec(), weights, device, 1, kv, prompt)) {
            return probe.measure(requireNonNull(uploaded.get(name))).orElseThrow();
        }
    }

    /** Returns a hash of all bits of the base's weights. */
    long hash() {
        return hash(weights);
    }

    /** Returns a hash of all bits that a step reads from {@code read}. */
    long hash(StepWeights read) {
        try (var operations = device.open(1)) {
            return WeightBits.hash(read, model.spec().layers(), operations);
        }
    }

    /** Returns a hash of pristine weights into which only {@code adapter} is merged. */
    long hashOfFresh(String adapter) {
        try (var operations = device.open(1);
                var fresh =
                        new LiveWeights(
                                weights, device, operations, CopyMemory.upTo(Long.MAX_VALUE))) {
            fresh.begin(adapter, mergeTerms(adapter));
            fresh.advance(Long.MAX_VALUE);
            fresh.commit();
            fresh.settle();
            return hash(fresh);
        }
    }

    /** Names of the adapters that can be merged, sorted. */
    List<String> mergeable() {
        return adapterNames().stream()
                .filter(name -> mergeTerms(name).obstacle().isEmpty())
                .toList();
    }

    /** Bytes of weights and caches on its device. */
    long deviceBytes() {
        return device.bytes();
    }

    /** Returns whether KV caches on its device are elastic. */
    boolean isKvElastic() {
        return device.isKvElastic();
    }

    /** Returns a replica whose policy preempts. */
    Replica replica(ReplicaSettings settings, MeterRegistry registry) {
        return new Replica(
                settings,
                model,
                weights,
                device,
                2,
                uploaded,
                MergePermits.ALL,
                Plans.of(new PreemptingPlans()),
                registry);
    }

    /** Opens a replica's share; whoever gets it closes its runner. */
    ReplicaModel serve(ReplicaSettings settings) {
        return serve(settings, CopyMemory.upTo(settings.mergeBytes()));
    }

    /** Serves with memory for copies of merged weights. */
    ReplicaModel serve(ReplicaSettings settings, CopyMemory copies) {
        return ReplicaModel.open(
                settings, model, weights, device, 2, uploaded, MergePermits.ALL, copies);
    }

    @Override
    public void close() {
        uploaded.values().forEach(AdapterWeights::close);
        adapters.forEach(Adapter::close);
        weights.close();
        model.close();
    }
}
