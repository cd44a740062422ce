package org.dlora.adapter;

import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.dlora.device.Device;
import org.dlora.device.KvCache;
import org.dlora.device.KvLayout;
import org.dlora.device.LoraGroup;
import org.dlora.device.LoraTerm;
import org.dlora.device.Operations;
import org.dlora.device.RaggedBatch;
import org.dlora.device.RaggedBatch.Chunk;
import org.dlora.model.DecoderSpec;
import org.dlora.model.DecoderWeights;
import org.dlora.model.LinearSite;
import org.dlora.model.LoraGroups;
import org.dlora.model.PassingWeights;
import org.dlora.model.StepWeights;
import org.dlora.model.Transformer;
import org.dlora.tensor.DType;

/**
 * Measures the {@link MergeFidelity} of adapters: reads and merges all adapted matrices twice, and
 * runs a short prompt through the model four times. Takes the memory of one merged layer meanwhile.
 * One thread uses it; replicas may serve beside it.
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

    /**
     * Opens a share of {@code device}.
     *
     * @param threads CPU threads, 0 = the device's choice
     * @param kvDtype as the replicas have it
     * @param prompt what {@link #PROMPT} is in tokens, at least one
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

    /** Empty if the adapter cannot be merged. */
    public Optional<MergeFidelity> measure(AdapterWeights adapter) {
        var merge = adapter.merge();
        if (merge.obstacle().isPresent()) {
            return Optional.empty();
        }
        var loss = weights.mergeLoss(merge, operations);
        double share = loss.change() == 0 ? 1 : 1 - Math.sqrt(loss.lost() / loss.change());
        float[][] apart = run(weights, (_, _) -> List.of(), adapter::terms);
        float[][] together;
        try (var merged = new PassingWeights(weights, device, operations, merge)) {
            together = run(merged, merge::undo, merge::own);
        }
        int n = prompt.length;
        double noise =
                merge.mixingObstacle().isPresent()
                        ? Double.POSITIVE_INFINITY
                        : deviation(together, apart, 0, n);
        return Optional.of(
                new MergeFidelity(finite(share, 0), deviation(together, apart, n, 2 * n), noise));
    }

    @FunctionalInterface
    private interface Terms {
        List<LoraTerm> at(int layer, LinearSite site);
    }

    /** Logits {@code [2·n, vocab]}: of the prompt's n rows as the base's, and as the adapter's. */
    private float[][] run(StepWeights read, Terms ofBase, Terms ofAdapter) {
        int n = prompt.length;
        int blocks = KvLayout.blocksFor(n);
        var batch =
                new RaggedBatch(
                        IntStream.range(0, 2 * n).map(i -> prompt[i % n]).toArray(),
                        IntStream.range(0, 2 * n).map(i -> i % n).toArray(),
                        List.of(
                                new Chunk(0, n, 0, IntStream.range(0, blocks).toArray()),
                                new Chunk(n, n, 0, IntStream.range(blocks, 2 * blocks).toArray())));
        LoraGroups groups =
                (layer, site) ->
                        Stream.of(
                                        new LoraGroup(0, n, ofBase.at(layer, site)),
                                        new LoraGroup(n, n, ofAdapter.at(layer, site)))
                                .filter(group -> !group.terms().isEmpty())
                                .toList();
        try (var transformer = new Transformer(spec, read, operations, 2 * n, 2 * n)) {
            var rows = IntStream.range(0, 2 * n).toArray();
            var logits = transformer.forward(batch, groups, cache, rows);
            var values = new float[2 * n][spec.vocabSize()];
            for (int row : rows) {
                operations.read(logits, row, values[row]);
            }
            return values;
        }
    }

    /** Of the rows {@code from .. to}; see {@link MergeFidelity}. */
    private static double deviation(float[][] actual, float[][] expected, int from, int to) {
        double difference = 0;
        double size = 0;
        for (int row = from; row < to; row++) {
            double meanActual = mean(actual[row]);
            double meanExpected = mean(expected[row]);
            for (int i = 0; i < expected[row].length; i++) {
                double centred = expected[row][i] - meanExpected;
                difference += Math.pow(actual[row][i] - meanActual - centred, 2);
                size += centred * centred;
            }
        }
        return difference == 0 ? 0 : finite(Math.sqrt(difference / size), Double.POSITIVE_INFINITY);
    }

    private static double mean(float[] row) {
        return IntStream.range(0, row.length).mapToDouble(i -> row[i]).average().orElse(0);
    }

    /** Merged weights may overflow. */
    private static double finite(double value, double otherwise) {
        return Double.isFinite(value) ? value : otherwise;
    }

    @Override
    public void close() {
        operations.close();
        cache.close();
    }
}
