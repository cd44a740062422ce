package org.dlora.adapter;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.dlora.adapter.weights.AdapterWeights;
import org.dlora.device.KvCache;
import org.dlora.device.KvLayout;
import org.dlora.device.LoraGroup;
import org.dlora.device.Operations;
import org.dlora.device.RaggedBatch;
import org.dlora.device.RaggedBatch.Chunk;
import org.dlora.device.cpu.CpuDevice;
import org.dlora.model.BaseModel;
import org.dlora.model.forward.LoraGroups;
import org.dlora.model.forward.Transformer;
import org.dlora.model.weights.DecoderWeights;
import org.dlora.model.weights.WeightPrecision;
import org.dlora.tensor.DType;

/** A small base model with adapters, ready to decode sequences alone or together. */
final class AdaptedModel implements AutoCloseable {
    private static final int BLOCKS = 256;
    private static final int MAX_ROWS = 1024;

    final BaseModel base;
    private final CpuDevice device = new CpuDevice();
    private final DecoderWeights weights;
    private final Operations operations;
    private final Transformer transformer;
    private final KvCache cache;
    private final Map<Path, AdapterWeights> adapters = new HashMap<>();
    private int usedBlocks;

    AdaptedModel(Path folder) {
        base = BaseModel.open(folder);
        var spec = base.spec();
        weights = DecoderWeights.pack(base, device, WeightPrecision.AUTO, 512, _ -> {});
        operations = device.open(2);
        transformer = new Transformer(spec, weights, operations, MAX_ROWS, 32);
        cache =
                device.kvCache(
                        new KvLayout(
                                spec.layers(), spec.kvHeads(), spec.headDim(), BLOCKS, DType.F32));
    }

    /** A sequence that an adapter continues; it remembers what was computed. */
    static final class Continuation {
        private final Optional<AdapterWeights> adapter;
        private final int[] blockTable;
        private final List<Integer> tokens = new ArrayList<>();
        private int computed;

        /** Logits of the last position of each step so far. */
        final List<float[]> logits = new ArrayList<>();

        /** Tokens so far, greedy, without the prompt. */
        final List<Integer> output = new ArrayList<>();

        private Continuation(
                Optional<AdapterWeights> adapter, int[] blockTable, List<Integer> prompt) {
            this.adapter = adapter;
            this.blockTable = blockTable;
            tokens.addAll(prompt);
        }

        private int rows() {
            return tokens.size() - computed;
        }

        private void take(float[] last) {
            logits.add(last);
            int best =
                    IntStream.range(0, last.length).reduce(0, (i, j) -> last[j] > last[i] ? j : i);
            computed = tokens.size();
            tokens.add(best);
            output.add(best);
        }
    }

    /** A sequence that {@code adapter}, an adapter's folder, is to continue; empty: the base. */
    Continuation sequence(Optional<Path> adapter, List<Integer> prompt, int newTokens) {
        int count = KvLayout.blocksFor(prompt.size() + newTokens);
        var blocks = IntStream.range(usedBlocks, usedBlocks + count).toArray();
        usedBlocks += count;
        return new Continuation(adapter.map(this::weights), blocks, prompt);
    }

    /** Forgets all sequences. */
    void reset() {
        usedBlocks = 0;
    }

    private AdapterWeights weights(Path folder) {
        return adapters.computeIfAbsent(
                folder,
                _ -> {
                    try (var adapter = AdapterLoader.load(folder, base)) {
                        return AdapterWeights.upload(adapter, device, WeightPrecision.AUTO);
                    }
                });
    }

    /** One ragged batch: the rest of each prompt, or one more token. */
    void step(List<Continuation> sequences) {
        var chunks = new ArrayList<Chunk>();
        var tokens = new ArrayList<Integer>();
        var positions = new ArrayList<Integer>();
        for (var sequence : sequences) {
            chunks.add(
                    new Chunk(
                            tokens.size(),
                            sequence.rows(),
                            sequence.computed,
                            sequence.blockTable));
            for (int i = sequence.computed; i < sequence.tokens.size(); i++) {
                tokens.add(sequence.tokens.get(i));
                positions.add(i);
            }
        }
        var batch = new RaggedBatch(ints(tokens), ints(positions), chunks);
        int[] last = chunks.stream().mapToInt(c -> c.firstRow() + c.rows() - 1).toArray();
        var logits = transformer.forward(batch, groups(sequences, chunks), cache, last);
        for (int i = 0; i < last.length; i++) {
            var values = new float[base.spec().vocabSize()];
            operations.read(logits, i, values);
            sequences.get(i).take(values);
        }
    }

    /** One group per sequence; neighbours with the same adapter are not joined. */
    private static LoraGroups groups(List<Continuation> sequences, List<Chunk> chunks) {
        return at -> {
            var groups = new ArrayList<LoraGroup>();
            for (int i = 0; i < chunks.size(); i++) {
                var chunk = chunks.get(i);
                var terms =
                        sequences
                                .get(i)
                                .adapter
                                .map(adapter -> adapter.terms(at))
                                .orElse(List.of());
                if (!terms.isEmpty()) {
                    groups.add(new LoraGroup(chunk.firstRow(), chunk.rows(), terms));
                }
            }
            return groups;
        };
    }

    private static int[] ints(List<Integer> list) {
        return list.stream().mapToInt(Integer::intValue).toArray();
    }

    @Override
    public void close() {
        adapters.values().forEach(AdapterWeights::close);
        transformer.close();
        operations.close();
        cache.close();
        weights.close();
        base.close();
        device.close();
    }
}
