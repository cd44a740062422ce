package org.dlora.adapter.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.dlora.adapter.AdapterFolders;
import org.dlora.adapter.AdapterLoader;
import org.dlora.adapter.GoldenAdapters;
import org.dlora.adapter.content.LoraModule;
import org.dlora.adapter.weights.AdapterWeights;
import org.dlora.adapter.weights.DoraGain;
import org.dlora.device.cpu.CpuDevice;
import org.dlora.model.BaseModel;
import org.dlora.model.weights.WeightPrecision;
import org.dlora.tensor.DType;
import org.dlora.tensor.LoadException;
import org.dlora.tensor.SafetensorsFolder;
import org.dlora.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.node.ObjectNode;

/**
 * Adapters with more tensors than A and B, changed after PEFT wrote them. Each tensor counts, and
 * combinations that PEFT refuses are refused.
 */
class VariantTest {
    private static final String PREFIX = "base_model.model.";
    private static final Path TIED = GoldenAdapters.VECTORS.resolve("adapters/llama-bias");

    @TempDir Path folder;

    static Stream<Path> variants() {
        return GoldenAdapters.folders(GoldenAdapters.VECTORS).stream()
                .filter(folder -> !folder.getFileName().toString().startsWith("r"));
    }

    @ParameterizedTest
    @MethodSource("variants")
    void refusesAVariantWithoutOneOfItsTensors(Path variant) {
        var tensors = tensors(variant);
        for (var tensor : List.of(tensors.getFirst(), tensors.getLast())) {
            var rest = tensors.stream().filter(t -> !t.equals(tensor)).toList();
            boolean isCopy = tensor.name().endsWith(".base_layer.weight");
            write(variant, _ -> {}, rest);
            if (isCopy) {
                assertThat(load(variant)).isNotEmpty();
            } else {
                assertRefused(variant, tensor.name() + " is missing");
            }
        }
    }

    @ParameterizedTest
    @MethodSource("variants")
    void everyTensorChangesTheVersion(Path variant) {
        var tensors = tensors(variant);
        write(variant, _ -> {}, tensors);
        var version = load(variant);
        for (var tensor : tensors) {
            if (!tensor.name().endsWith(".base_layer.weight")) {
                write(variant, _ -> {}, with(tensors, tensor.name(), VariantTest::flipped));
                assertThat(load(variant)).as(tensor.name()).isNotEqualTo(version);
            }
        }
    }

    @Test
    void refusesTensorsOfAFieldThatIsOff() {
        for (var field : List.of("use_dora", "lora_bias")) {
            var variant = TIED.resolve(field.equals("use_dora") ? "dora-all" : "bias-all");
            write(variant, config -> config.put(field, false), tensors(variant));
            assertRefused(variant, "does not belong");
        }
        write(
                TIED.resolve("bias-all"),
                config -> config.put("bias", "lora_only"),
                tensors(TIED.resolve("bias-all")));
        assertRefused(TIED.resolve("bias-all"), "k_proj.bias does not belong");
    }

    @Test
    void retrainedModuleHasNoLowRank() {
        var variant = TIED.resolve("save-head");
        write(
                variant,
                config -> config.putArray("target_modules").add("q_proj").add("lm_head"),
                tensors(variant));
        assertThat(load(variant)).isNotEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"model.embed_tokens", "lm_head"})
    void copyOfTheBaseMustEqualTheBase(String module) {
        var variant = TIED.resolve("lora-ends");
        var name = PREFIX + module + ".base_layer.weight";
        write(variant, _ -> {}, with(tensors(variant), name, VariantTest::flipped));
        assertRefused(variant, name, "differs from", "at element", "save_embedding_layers");
    }

    @Test
    void copyOfAnUnadaptedEmbeddingMustEqualTheBase() {
        var variant = TIED.resolve("save-head");
        var tensors = tensors(variant);
        var name = PREFIX + "model.embed_tokens.weight";
        tensors.add(named(copyOfBase(), name));
        write(variant, _ -> {}, tensors);
        assertThat(load(variant)).isNotEmpty();
        write(variant, _ -> {}, with(tensors, name, VariantTest::flipped));
        assertRefused(variant, name, "differs from");
    }

    @Test
    void copyInAWiderTypeIsComparedByValue() {
        var variant = GoldenAdapters.VECTORS.resolve("adapters/phi3/dora-ends");
        var name = PREFIX + "lm_head.base_layer.weight";
        assertThat(tensors(variant))
                .filteredOn(tensor -> tensor.name().equals(name))
                .singleElement()
                .extracting(Tensor::dtype)
                .isEqualTo(DType.F32);
        write(variant, _ -> {}, tensors(variant));
        assertThat(load(variant)).isNotEmpty();
    }

    @Test
    void shapesMustFitTheBase() {
        var variant = TIED.resolve("dora-all");
        var name = PREFIX + "model.layers.1.mlp.down_proj.lora_magnitude_vector";
        write(variant, _ -> {}, with(tensors(variant), name, VariantTest::shortened));
        assertRefused(variant, name, "has shape [63], expected [64]");
    }

    @ParameterizedTest
    @ValueSource(strings = {"dora-all", "lora-ends"})
    void refusesLoraBiasWithDoraOrOnEmbeddings(String name) {
        var variant = TIED.resolve(name);
        write(variant, config -> config.put("lora_bias", true), tensors(variant));
        assertRefused(variant, "lora_bias is true", "PEFT refuses it");
    }

    @Test
    void refusesLoraBiasWithAnotherInitialisation() {
        var variant = TIED.resolve("bias-all");
        write(variant, config -> config.put("init_lora_weights", "gaussian"), tensors(variant));
        assertRefused(variant, "lora_bias is true", "init_lora_weights");
    }

    @Test
    void refusesWeightTyingByName() {
        var variant = TIED.resolve("lora-ends");
        write(variant, config -> config.put("ensure_weight_tying", true), tensors(variant));
        assertRefused(variant, "ensure_weight_tying is true", "by their names");
    }

    @Test
    void uploadRefusesDoraOfZeroWeights() {
        var variant = TIED.resolve("dora-bias");
        try (var base = BaseModel.open(GoldenAdapters.base(variant));
                var adapter = AdapterLoader.load(variant, base);
                var device = new CpuDevice()) {
            var lora = adapter.modules().getFirst();
            var weight = base.weight(lora.module());
            var zeros =
                    AdapterFolders.tensor("w", DType.F32, weight.shape(), new int[ints(weight)]);
            var b =
                    AdapterFolders.tensor(
                            "b", DType.F32, lora.b().shape(), new int[ints(lora.b())]);
            var zero =
                    new LoraModule(
                            lora.module(),
                            lora.rank(),
                            lora.alpha(),
                            lora.scale(),
                            lora.a(),
                            b,
                            lora.biasOfB(),
                            lora.magnitude());
            var magnitude = lora.magnitude().orElseThrow();
            assertThatExceptionOfType(LoadException.class)
                    .isThrownBy(() -> DoraGain.of(zeros, magnitude, zero))
                    .withMessageContaining(magnitude.name())
                    .withMessageContaining("all zero");
            AdapterWeights.upload(adapter, device, WeightPrecision.AUTO).close();
        }
    }

    private static int ints(Tensor tensor) {
        return Math.toIntExact(tensor.elements());
    }

    private void write(Path variant, Consumer<ObjectNode> change, List<Tensor> tensors) {
        var config = (ObjectNode) GoldenAdapters.json(variant.resolve(AdapterConfig.FILE));
        change.accept(config);
        AdapterFolders.write(folder, config, tensors);
    }

    /** The version of what was written. */
    private String load(Path variant) {
        try (var base = BaseModel.open(GoldenAdapters.base(variant));
                var adapter = AdapterLoader.load(folder, base)) {
            return adapter.version();
        }
    }

    private void assertRefused(Path variant, String... substance) {
        assertThatExceptionOfType(LoadException.class)
                .isThrownBy(() -> load(variant))
                .satisfies(e -> assertThat(e.getMessage()).contains(substance));
    }

    private static List<Tensor> tensors(Path variant) {
        try (var source = SafetensorsFolder.open(variant, "adapter_model")) {
            return new ArrayList<>(
                    source.names().stream().map(source::tensor).map(VariantTest::onHeap).toList());
        }
    }

    private static Tensor copyOfBase() {
        try (var base = BaseModel.open(GoldenAdapters.base(TIED.resolve("save-head")))) {
            return onHeap(base.weight(base.embeddings().getFirst()));
        }
    }

    private static Tensor onHeap(Tensor t) {
        return new Tensor(
                t.name(),
                t.dtype(),
                t.shape(),
                MemorySegment.ofArray(t.data().toArray(ValueLayout.JAVA_BYTE)));
    }

    private static Tensor named(Tensor t, String name) {
        return new Tensor(name, t.dtype(), t.shape(), t.data());
    }

    private static List<Tensor> with(
            List<Tensor> tensors, String name, UnaryOperator<Tensor> change) {
        return tensors.stream().map(t -> t.name().equals(name) ? change.apply(t) : t).toList();
    }

    private static Tensor flipped(Tensor tensor) {
        var copy = onHeap(tensor);
        long at = copy.data().byteSize() - copy.dtype().bytes();
        copy.data()
                .set(
                        ValueLayout.JAVA_BYTE,
                        at,
                        (byte) (copy.data().get(ValueLayout.JAVA_BYTE, at) ^ 1));
        return copy;
    }

    private static Tensor shortened(Tensor t) {
        long elements = t.elements() - 1;
        return new Tensor(
                t.name(),
                t.dtype(),
                List.of(elements),
                t.data().asSlice(0, elements * t.dtype().bytes()));
    }
}
