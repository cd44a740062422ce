package org.dlora.model;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.dlora.device.KvCache;
import org.dlora.device.KvLayout;
import org.dlora.device.Operations;
import org.dlora.device.RaggedBatch;
import org.dlora.device.RaggedBatch.Chunk;
import org.dlora.device.cpu.CpuDevice;
import org.dlora.model.forward.LoraGroups;
import org.dlora.model.forward.Transformer;
import org.dlora.model.weights.DecoderWeights;
import org.dlora.model.weights.WeightPrecision;
import org.dlora.tensor.DType;

/**
 * A small model ready to compute in float32, with a cache that gives sequences blocks in scattered
 * order.
 */
public final class LoadedModel implements AutoCloseable {
    private static final int BLOCKS = 64;
    private static final int MAX_ROWS = 256;

    final BaseModel model;
    final CpuDevice device = new CpuDevice();
    private final DecoderWeights weights;
    private final Operations operations;
    private final Transformer transformer;
    private final KvCache cache;
    private int usedBlocks;

    public LoadedModel(Path folder) {
        this(folder, WeightPrecision.AUTO);
    }

    public LoadedModel(Path folder, WeightPrecision precision) {
        model = BaseModel.open(folder);
        var spec = model.spec();
        weights = DecoderWeights.pack(model, device, precision, 512, layer -> {});
        operations = device.open(2);
        transformer = new Transformer(spec, weights, operations, MAX_ROWS, MAX_ROWS);
        cache =
                device.kvCache(
                        new KvLayout(
                                spec.layers(), spec.kvHeads(), spec.headDim(), BLOCKS, DType.F32));
    }

    /** Tokens that a sequence is about to run through the model. */
    public record Input(int[] tokens, int firstPosition, int[] blockTable) {}

    /**
     * Returns blocks for {@code positions} positions, used by nobody else until {@link
     * #freeBlocks}.
     */
    public int[] blocks(int positions) {
        int count = KvLayout.blocksFor(positions);
        usedBlocks += count;
        // 37 and 64 have no common factor: neighbours in the sequence are none in the cache.
        return IntStream.range(usedBlocks - count, usedBlocks).map(i -> i * 37 % BLOCKS).toArray();
    }

    public void freeBlocks() {
        usedBlocks = 0;
    }

    /** Runs {@code steps} as one batch and returns the logits of every row. */
    public List<float[]> run(Input... steps) {
        int rows = Arrays.stream(steps).mapToInt(step -> step.tokens.length).sum();
        return run(LoraGroups.NONE, IntStream.range(0, rows).toArray(), steps);
    }

    /** Runs {@code steps} as one batch and returns the logits of some of its rows. */
    public List<float[]> run(LoraGroups lora, int[] logitRows, Input... steps) {
        int rows = 0;
        var chunks = new ArrayList<Chunk>();
        for (var step : steps) {
            chunks.add(new Chunk(rows, step.tokens.length, step.firstPosition, step.blockTable));
            rows += step.tokens.length;
        }
        var tokens = new int[rows];
        var positions = new int[rows];
        for (int i = 0; i < steps.length; i++) {
            for (int j = 0; j < steps[i].tokens.length; j++) {
                tokens[chunks.get(i).firstRow() + j] = steps[i].tokens[j];
                positions[chunks.get(i).firstRow() + j] = steps[i].firstPosition + j;
            }
        }
        var batch = new RaggedBatch(tokens, positions, chunks);
        var logits = transformer.forward(batch, lora, cache, logitRows);
        return IntStream.range(0, logitRows.length)
                .mapToObj(row -> {
                    var values = new float[model.spec().vocabSize()];
                    operations.read(logits, row, values);
                    return values;
                })
                .toList();
    }

    @Override
    public void close() {
        transformer.close();
        operations.close();
        cache.close();
        weights.close();
        model.close();
        device.close();
    }
}
