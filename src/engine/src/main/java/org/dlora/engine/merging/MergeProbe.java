package org.dlora.engine.merging;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.dlora.adapter.content.MergeFidelity;
import org.dlora.adapter.weights.AdapterWeights;
import org.dlora.adapter.weights.MergeTerms;
import org.dlora.device.Device;
import org.dlora.device.KvCache;
import org.dlora.device.KvLayout;
import org.dlora.device.LoraGroup;
import org.dlora.device.LoraTerm;
import org.dlora.device.Operations;
import org.dlora.device.RaggedBatch;
import org.dlora.device.RaggedBatch.Chunk;
import org.dlora.model.DecoderSpec;
import org.dlora.model.LayerSite;
import org.dlora.model.forward.LoraGroups;
import org.dlora.model.forward.Transformer;
import org.dlora.model.weights.DecoderWeights;
import org.dlora.tensor.DType;
import org.jspecify.annotations.Nullable;

/**
 * Probe of the {@link MergeFidelity} of adapters. It merges all adapted matrices once and measures
 * the rounding of a sample of their rows. It also runs a short prompt through the model three
 * times, once more for the first adapter. It takes the memory of {@link PassingWeights} and of the
 * base's logits. One thread uses it; replicas may serve at the same time.
 */
public final class MergeProbe implements AutoCloseable {
    /** A prompt to probe with: some words, some code, some digits. */
    public static final String PROMPT =
            "Paris is the capital of France. def add(a, b): return a + b. In 1969, 12 people said: \"yes\".";

    private final DecoderSpec spec;
    private final DecoderWeights weights;
    private final Device device;
    private final int[] prompt;
    private final Operations operations;
    private final KvCache cache;

    /** Logits of the prompt without an adapter; null until they are needed. */
    private float @Nullable [][] base;

    /**
     * Opens a share of {@code device}.
     *
     * @param threads CPU threads, 0 = the device's choice
     * @param kvDtype dtype of keys and values in the replicas
     * @param prompt tokens of {@link #PROMPT}, at least one
     */
    public MergeProbe(
            DecoderSpec spec,
            DecoderWeights weights,
            Device device,
            int threads,
            DType kvDtype,
            int[] prompt) {
        this.spec = spec;
        this.weights = weights;
        this.device = device;
        this.prompt = IntStream.of(prompt).limit(Math.min(weights.maxPositions(), 32)).toArray();
        int blocks = 2 * KvLayout.blocksFor(this.prompt.length);
        var layout = new KvLayout(spec.layers(), spec.kvHeads(), spec.headDim(), blocks, kvDtype);
        cache = device.kvCache(layout);
        try {
            operations = device.open(threads);
        } catch (RuntimeException | Error e) {
            cache.close();
            throw e;
        }
    }

    /** Measures an adapter; empty if it cannot be merged. */
    public Optional<MergeFidelity> measure(AdapterWeights adapter) {
        var merge = adapter.merge();
        if (merge.obstacle().isPresent()) {
            return Optional.empty();
        }
        var loss = MergeSample.of(MergeTask.of(weights, merge)).loss(operations);
        double share = loss.change() == 0 ? 1 : 1 - Math.sqrt(loss.lost() / loss.change());
        var apart = run(MergeTerms.NONE, List.of(adapter::terms));
        var together = run(merge, List.of(merge::undo, merge::own));
        int n = prompt.length;
        double noise =
                merge.mixingObstacle().isPresent()
                        ? Double.POSITIVE_INFINITY
                        : deviation(Arrays.copyOf(together, n), ofBase());
        double deviation = deviation(Arrays.copyOfRange(together, n, 2 * n), apart);
        return Optional.of(new MergeFidelity(finite(share, 0), deviation, noise));
    }

    private float[][] ofBase() {
        if (base == null) {
            base = run(MergeTerms.NONE, List.of(_ -> List.of()));
        }
        return base;
    }

    /**
     * Returns logits {@code [m·n, vocab]} of the prompt's n rows with each of m lists of terms,
     * while {@code merged} is merged.
     */
    private float[][] run(MergeTerms merged, List<Function<LayerSite, List<LoraTerm>>> terms) {
        int n = prompt.length;
        int all = terms.size() * n;
        int blocks = KvLayout.blocksFor(n);
        var batch =
                new RaggedBatch(
                        IntStream.range(0, all).map(i -> prompt[i % n]).toArray(),
                        IntStream.range(0, all).map(i -> i % n).toArray(),
                        IntStream.range(0, terms.size())
                                .mapToObj(i ->
                                        new Chunk(
                                                i * n,
                                                n,
                                                0,
                                                IntStream.range(i * blocks, (i + 1) * blocks)
                                                        .toArray()))
                                .toList());
        LoraGroups groups =
                at ->
                        IntStream.range(0, terms.size())
                                .mapToObj(i -> new LoraGroup(i * n, n, terms.get(i).apply(at)))
                                .filter(group -> !group.terms().isEmpty())
                                .toList();
        try (var read = new PassingWeights(weights, device, operations, merged);
                var transformer = new Transformer(spec, read, operations, all, all)) {
            var rows = IntStream.range(0, all).toArray();
            var logits = transformer.forward(batch, groups, cache, rows);
            var values = new float[all][spec.vocabSize()];
            for (int row : rows) {
                operations.read(logits, row, values[row]);
            }
            return values;
        }
    }

    /** Returns the relative deviation of logits; see {@link MergeFidelity}. */
    private static double deviation(float[][] actual, float[][] expected) {
        double difference = 0;
        double size = 0;
        for (int row = 0; row < actual.length; row++) {
            double meanActual = mean(actual[row]);
            double meanExpected = mean(expected[row]);
            for (int i = 0; i < expected[row].length; i++) {
                double centred = expected[row][i] - meanExpected;
                double apart = actual[row][i] - meanActual - centred;
                difference += apart * apart;
                size += centred * centred;
            }
        }
        return difference == 0 ? 0 : finite(Math.sqrt(difference / size), Double.POSITIVE_INFINITY);
    }

    private static double mean(float[] row) {
        double sum = 0;
        for (float value : row) {
            sum += value;
        }
        return sum / row.length;
    }

    /** Returns {@code value}, or {@code otherwise} where merged weights overflowed. */
    private static double finite(double value, double otherwise) {
        return Double.isFinite(value) ? value : otherwise;
    }

    @Override
    public void close() {
        operations.close();
        cache.close();
    }
}
