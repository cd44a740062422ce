package org.dlora.engine;

import static java.util.Objects.requireNonNull;

import io.micrometer.core.instrument.MeterRegistry;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.dlora.adapter.Adapter;
import org.dlora.adapter.AdapterRoots;
import org.dlora.adapter.AdapterWeights;
import org.dlora.adapter.MergeTerms;
import org.dlora.device.Operations;
import org.dlora.device.WeightMatrix;
import org.dlora.device.cpu.CpuDevice;
import org.dlora.model.BaseModel;
import org.dlora.model.DecoderWeights;
import org.dlora.model.WeightPrecision;

/** A small reference model with those of its adapters that are supported. */
final class GoldenModel implements AutoCloseable {
    static final Path ROOT = Path.of("src/test/resources/golden");
    static final Path VECTORS = Path.of("src/test/resources/vectors");
    private static final int MAX_POSITIONS = 256;

    private final CpuDevice device;
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
    GoldenModel(Path set, String name, CpuDevice device, WeightPrecision precision) {
        this.device = device;
        model = BaseModel.open(set.resolve("models").resolve(name));
        weights = DecoderWeights.pack(model, device, precision, MAX_POSITIONS, layer -> {});
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

    /** What merging the adapter {@code name} means. */
    MergeTerms mergeTerms(String name) {
        return requireNonNull(uploaded.get(name)).merge();
    }

    /** An adapter as replicas serve it. */
    AdapterTerms terms(String name) {
        return new AdapterFacts(model.spec(), weights, MergePermits.ALL)
                .of(requireNonNull(uploaded.get(name)));
    }

    /** Of all bits of all matrices. */
    long weightsHash() {
        try (var operations = device.open(1)) {
            return weights.sites().keySet().stream()
                    .mapToLong(matrix -> hash(matrix, operations))
                    .sum();
        }
    }

    private static long hash(WeightMatrix matrix, Operations operations) {
        var tokens = IntStream.range(0, matrix.rows()).toArray();
        var row = new float[matrix.columns()];
        long hash = 1;
        try (var rows = operations.activations(matrix.rows(), matrix.columns())) {
            operations.embed(matrix, tokens, rows);
            for (int i = 0; i < tokens.length; i++) {
                operations.read(rows, i, row);
                hash = hash * 0x9e3779b97f4a7c15L + Arrays.hashCode(row);
            }
        }
        return hash;
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

    /** With a policy that preempts. */
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
        return ReplicaModel.open(settings, model, weights, device, 2, uploaded, MergePermits.ALL);
    }

    @Override
    public void close() {
        uploaded.values().forEach(AdapterWeights::close);
        adapters.forEach(Adapter::close);
        weights.close();
        model.close();
    }
}
