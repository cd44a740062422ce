package org.dlora.model.forward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayList;
import java.util.List;
import org.dlora.device.KvLayout;
import org.dlora.device.RaggedBatch;
import org.dlora.device.RaggedBatch.Chunk;
import org.dlora.device.cpu.CpuDevice;
import org.dlora.model.BaseModel;
import org.dlora.model.Golden;
import org.dlora.model.LoadedModel;
import org.dlora.model.LoadedModel.Input;
import org.dlora.model.weights.DecoderWeights;
import org.dlora.model.weights.WeightPrecision;
import org.dlora.tensor.DType;
import org.junit.jupiter.api.Test;

class TransformerTest {

    @Test
    void refusesBatchesBeyondBuffersAndTables() {
        try (var model = BaseModel.open(Golden.model("qwen2"));
                var device = new CpuDevice();
                var weights = DecoderWeights.pack(model, device, WeightPrecision.AUTO, 4, _ -> {});
                var operations = device.open(1);
                var transformer = new Transformer(model.spec(), weights, operations, 2, 1);
                var cache = device.kvCache(new KvLayout(4, 2, 8, 1, DType.F32))) {
            var two = batch(2, 0);
            assertThatIllegalArgumentException()
                    .isThrownBy(() ->
                            transformer.forward(batch(3, 0), LoraGroups.NONE, cache, new int[0]));
            assertThatIllegalArgumentException()
                    .isThrownBy(() ->
                            transformer.forward(batch(2, 3), LoraGroups.NONE, cache, new int[0]));
            assertThatIllegalArgumentException()
                    .isThrownBy(() ->
                            transformer.forward(two, LoraGroups.NONE, cache, new int[] {0, 1}));
            assertThat(transformer.forward(two, LoraGroups.NONE, cache, new int[] {1}).width())
                    .isEqualTo(416);
            assertThat(transformer.forward(two, LoraGroups.NONE, cache, new int[0]).width())
                    .isEqualTo(416);
        }
    }

    @Test
    void packingReportsLayersAndBytes() {
        try (var model = BaseModel.open(Golden.model("qwen2"));
                var device = new CpuDevice()) {
            var layers = new ArrayList<Integer>();
            long narrow;
            try (var weights =
                    DecoderWeights.pack(model, device, WeightPrecision.AUTO, 16, layers::add)) {
                narrow = weights.bytes();
            }
            assertThat(layers).containsExactly(1, 2, 3, 4);
            try (var weights =
                    DecoderWeights.pack(model, device, WeightPrecision.FLOAT32, 16, _ -> {})) {
                assertThat(weights.bytes()).isGreaterThan(3 * narrow / 2);
            }
        }
    }

    /**
     * Rounding the weights moves logits far less than the bf16 arithmetic that the golden README
     * measured.
     */
    @Test
    void bfloat16RoundingKeepsLogitsNearFloat32() {
        var golden = Golden.rows(Golden.ROOT.resolve("golden/llama-mha-tied.jsonl")).getFirst();
        var prompt = Golden.ints(golden.get("prompt_ids"));
        try (var loaded =
                new LoadedModel(Golden.model("llama-mha-tied"), WeightPrecision.BFLOAT16)) {
            var logits = loaded.run(new Input(prompt, 0, loaded.blocks(prompt.length))).getLast();
            double largest = 0;
            for (int i = 0; i < logits.length; i++) {
                double expected = golden.get("last_logits").get(i).doubleValue();
                largest = Math.max(largest, Math.abs(logits[i] - expected));
            }
            assertThat(largest).isBetween(1e-3, 1.89);
        }
    }

    private static RaggedBatch batch(int rows, int firstPosition) {
        var positions = new int[rows];
        for (int i = 0; i < rows; i++) {
            positions[i] = firstPosition + i;
        }
        return new RaggedBatch(
                new int[rows],
                positions,
                List.of(new Chunk(0, rows, firstPosition, new int[] {0})));
    }
}
