package org.dlora.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.dlora.device.Activations;
import org.dlora.device.KvCache;
import org.dlora.device.KvLayout;
import org.dlora.device.LoraGroup;
import org.dlora.device.LoraTerm.LowRank;
import org.dlora.device.Operations;
import org.dlora.device.RaggedBatch;
import org.dlora.device.WeightMatrix;
import org.dlora.device.cpu.CpuDevice;
import org.dlora.device.cpu.NeedsKernels;
import org.dlora.device.cpu.NeedsNativeKernels;
import org.dlora.device.cpu.natives.KernelFamily;
import org.dlora.device.reference.Numbers;
import org.dlora.engine.merging.CopyMemory;
import org.dlora.engine.merging.LiveWeights;
import org.dlora.engine.merging.LowRankMerge;
import org.dlora.model.forward.LoraGroups;
import org.dlora.model.forward.Transformer;
import org.dlora.model.weights.DecoderWeights;
import org.dlora.model.weights.WeightPrecision;
import org.dlora.tensor.DType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A step whose largest logits are found by an index of the output matrix has the tokens, and in the
 * end the logits, of one that computes all.
 */
@ExtendWith(NeedsNativeKernels.class)
@NeedsKernels(KernelFamily.AVX512_BF16)
class TransformerArgMaxTest {
    private static final int ROWS = 40;
    private static final int[] LOGIT_ROWS = {39, 3, 17, 18};
    private static final int[] ALL = {0, 1, 2, 3};

    private final CpuDevice device = new CpuDevice(KernelFamily.AVX512_BF16);
    private final BaseModel model = BaseModel.open(Golden.model("llama-gqa"));
    private final DecoderSpec spec = model.spec();
    private final DecoderWeights base =
            DecoderWeights.pack(model, device, WeightPrecision.BFLOAT16, 64, _ -> {});
    private final Operations operations = device.open(2);
    private final LiveWeights live =
            new LiveWeights(base, device, operations, CopyMemory.upTo(Long.MAX_VALUE));
    private final List<String> calls = new ArrayList<>();
    private final Transformer transformer =
            new Transformer(spec, live, watched(operations), ROWS, LOGIT_ROWS.length);
    private final KvCache cache =
            device.kvCache(
                    new KvLayout(spec.layers(), spec.kvHeads(), spec.headDim(), 3, DType.BF16));
    private final WeightMatrix a = matrix(3, spec.hiddenSize());
    private final WeightMatrix b = matrix(spec.vocabSize(), 3);
    private final LowRank term = new LowRank(a, b, 0, 100);

    TransformerArgMaxTest() {
        base.indexOutput();
    }

    @Test
    void theIndexFindsTheTokensOfAllLogits() {
        var expected = argMaxOfAll(LoraGroups.NONE);
        assertThat(calls).doesNotContain("linearArgMax");
        transformer.advance(batch(), LoraGroups.NONE, cache, LOGIT_ROWS);
        assertThat(argMax(2, 0)).containsExactly(expected[2], expected[0]);
        assertThat(argMax(ALL)).containsExactly(expected);
        assertThat(calls.subList(calls.size() - 2, calls.size())).containsOnly("linearArgMax");
    }

    @Test
    void logitsAreThoseOfAStepThatComputesThemAtOnce() {
        var expected = read(transformer.forward(batch(), LoraGroups.NONE, cache, LOGIT_ROWS));
        transformer.advance(batch(), LoraGroups.NONE, cache, LOGIT_ROWS);
        argMax(ALL);
        assertThat(read(transformer.logits())).isDeepEqualTo(expected);
        calls.clear();
        argMax(ALL);
        assertThat(read(transformer.logits())).isDeepEqualTo(expected);
        assertThat(calls).as("logits are computed once").containsOnly("argMax", "read");
    }

    @Test
    void logitsOfSomeRowsAreThoseOfAll() {
        var expected = read(transformer.forward(batch(), LoraGroups.NONE, cache, LOGIT_ROWS));
        transformer.advance(batch(), LoraGroups.NONE, cache, LOGIT_ROWS);
        for (int[] rows : new int[][] {{2}, {3, 1}, {0, 2, 1}, {3, 2, 1, 0}, {1}}) {
            var some = transformer.logits(rows);
            for (int i = 0; i < rows.length; i++) {
                assertThat(read(some.logits(), some.rows()[i])).containsExactly(expected[rows[i]]);
            }
            if (rows.length < LOGIT_ROWS.length) {
                int[] tokens = argMax(rows);
                for (int i = 0; i < rows.length; i++) {
                    assertThat(expected[rows[i]][tokens[i]]).isEqualTo(largest(expected[rows[i]]));
                }
            }
        }
    }

    private static float largest(float[] row) {
        float largest = row[0];
        for (float value : row) {
            largest = Math.max(largest, value);
        }
        return largest;
    }

    private float[] read(Activations logits, int row) {
        var values = new float[spec.vocabSize()];
        operations.read(logits, row, values);
        return values;
    }

    @Test
    void anAdapterAtTheOutputHasItsOwnTokens() {
        LoraGroups lora =
                at ->
                        at.site() == LinearSite.OUTPUT
                                ? List.of(new LoraGroup(3, 1, List.of(term)))
                                : List.of();
        var without = argMaxOfAll(LoraGroups.NONE);
        var expected = argMaxOfAll(lora);
        assertThat(expected[1]).as("the adapter decides").isNotEqualTo(without[1]);
        transformer.advance(batch(), lora, cache, LOGIT_ROWS);
        assertThat(argMax(ALL)).containsExactly(expected);
    }

    @Test
    void aMergedOutputMatrixHasItsOwnTokens() {
        live.begin("ant", LowRankMerge.of(Map.of(LayerSite.OUTPUT, term)));
        live.advance(Long.MAX_VALUE);
        var without = argMaxOfAll(LoraGroups.NONE);
        live.commit();
        var expected = argMaxOfAll(LoraGroups.NONE);
        assertThat(expected).as("the adapter decides").isNotEqualTo(without);
        transformer.advance(batch(), LoraGroups.NONE, cache, LOGIT_ROWS);
        assertThat(argMax(ALL)).containsExactly(expected);
        live.unmerge();
        transformer.advance(batch(), LoraGroups.NONE, cache, LOGIT_ROWS);
        assertThat(argMax(ALL)).containsExactly(without);
    }

    private int[] argMaxOfAll(LoraGroups lora) {
        var found = new int[LOGIT_ROWS.length];
        var logits = transformer.forward(batch(), lora, cache, LOGIT_ROWS);
        operations.argMax(logits, ALL, found);
        return found;
    }

    private int[] argMax(int... rows) {
        var found = new int[rows.length];
        transformer.argMax(rows, found);
        return found;
    }

    private float[][] read(Activations logits) {
        var rows = new float[LOGIT_ROWS.length][spec.vocabSize()];
        for (int row : ALL) {
            rows[row] = read(logits, row);
        }
        calls.add("read");
        return rows;
    }

    private RaggedBatch batch() {
        return new RaggedBatch(
                new Random(5).ints(ROWS, 0, spec.vocabSize()).toArray(),
                IntStream.range(0, ROWS).toArray(),
                List.of(new RaggedBatch.Chunk(0, ROWS, 0, new int[] {2, 0, 1})));
    }

    private WeightMatrix matrix(int rows, int columns) {
        return device.matrix(
                List.of(new Numbers(rows).tensor(DType.F32, rows, columns)), DType.F32);
    }

    private Operations watched(Operations target) {
        return (Operations)
                Proxy.newProxyInstance(
                        Operations.class.getClassLoader(),
                        new Class<?>[] {Operations.class},
                        (_, method, arguments) -> {
                            calls.add(method.getName());
                            try {
                                return method.invoke(target, arguments);
                            } catch (InvocationTargetException e) {
                                throw e.getTargetException();
                            }
                        });
    }

    @AfterEach
    void close() {
        a.close();
        b.close();
        cache.close();
        transformer.close();
        live.close();
        operations.close();
        base.close();
        model.close();
        device.close();
    }
}
