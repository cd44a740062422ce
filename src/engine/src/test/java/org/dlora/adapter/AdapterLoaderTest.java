package org.dlora.adapter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.dlora.adapter.config.AdapterConfig;
import org.dlora.adapter.content.Adapter;
import org.dlora.adapter.content.AdapterTensors;
import org.dlora.model.BaseModel;
import org.dlora.model.LinearSite;
import org.dlora.tensor.LoadException;
import org.dlora.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every adapter that PEFT wrote for us: loaded whole, unless it is a pickle. */
class AdapterLoaderTest {

    static Stream<Path> supported() {
        return Stream.of(GoldenAdapters.GOLDEN, GoldenAdapters.VECTORS)
                .flatMap(set -> GoldenAdapters.folders(set).stream())
                .filter(GoldenAdapters::isSupported);
    }

    static Stream<Path> pickles() {
        return GoldenAdapters.folders(GoldenAdapters.GOLDEN).stream()
                .filter(folder -> !GoldenAdapters.isSupported(folder));
    }

    @ParameterizedTest
    @MethodSource("supported")
    void loadsEveryTensor(Path folder) {
        try (var base = BaseModel.open(GoldenAdapters.base(folder));
                var adapter = AdapterLoader.load(folder, base)) {
            assertThat(adapter.name()).isEqualTo(folder.getFileName().toString());
            assertThat(adapter.version()).matches("[0-9a-f]{64}");
            assertThat(tensors(adapter.tensors()))
                    .containsAll(
                            adapter.source().names().stream()
                                    .filter(tensor -> !tensor.endsWith(".base_layer.weight"))
                                    .toList());
            assertThat(adapter.warnings()).isEmpty();
        }
    }

    @ParameterizedTest
    @MethodSource("pickles")
    void refusesPickles(Path folder) {
        try (var base = BaseModel.open(GoldenAdapters.base(folder))) {
            assertThatExceptionOfType(LoadException.class)
                    .isThrownBy(() -> AdapterLoader.load(folder, base))
                    .withMessageContaining("adapter_model.bin: an unsafe pickle");
        }
    }

    @Test
    void patternsGiveEachModuleItsRankAndScale() {
        // r 8, alpha 16; rank_pattern q_proj 16, layers.1.self_attn.v_proj 2,
        // layers.2.mlp.down_proj 4; alpha_pattern k_proj 32, down_proj 2, layers.1…v_proj 5
        var folder = GoldenAdapters.GOLDEN.resolve("adapters/llama-gqa/patterns");
        try (var base = BaseModel.open(GoldenAdapters.base(folder));
                var adapter = AdapterLoader.load(folder, base)) {
            assertModule(adapter, "model.layers.0.self_attn.q_proj", 16, 1);
            assertModule(adapter, "model.layers.0.self_attn.k_proj", 8, 4);
            assertModule(adapter, "model.layers.0.self_attn.v_proj", 8, 2);
            assertModule(adapter, "model.layers.1.self_attn.v_proj", 2, 2.5f);
            assertModule(adapter, "model.layers.1.mlp.down_proj", 8, 0.25f);
            assertModule(adapter, "model.layers.2.mlp.down_proj", 4, 0.5f);
            assertThat(adapter.maxRank()).isEqualTo(16);
        }
    }

    @Test
    void rankStabilizedScaleDividesByTheRoot() {
        var folder = GoldenAdapters.GOLDEN.resolve("adapters/llama-gqa/rslora");
        var config = AdapterConfig.read(folder);
        try (var base = BaseModel.open(GoldenAdapters.base(folder));
                var adapter = AdapterLoader.load(folder, base)) {
            assertThat(config.isRankStabilized()).isTrue();
            assertThat(adapter.modules())
                    .allSatisfy(lora ->
                            assertThat(lora.scale())
                                    .isCloseTo(
                                            (float) (config.alpha() / Math.sqrt(lora.rank())),
                                            within(0f)));
        }
    }

    @Test
    void fusedModulesAreOneTermOfTheirSite() {
        var folder = GoldenAdapters.VECTORS.resolve("adapters/phi3/r8-all");
        try (var base = BaseModel.open(GoldenAdapters.base(folder));
                var adapter = AdapterLoader.load(folder, base)) {
            var fused =
                    adapter.modules().stream()
                            .filter(lora -> lora.module().name().endsWith("qkv_proj"))
                            .toList();
            assertThat(fused)
                    .hasSize(base.spec().layers())
                    .allSatisfy(lora -> {
                        assertThat(lora.module().firstOutput()).isZero();
                        assertThat(lora.module().outputs())
                                .isEqualTo(base.spec().outputs(LinearSite.QKV));
                    });
        }
    }

    private static List<String> tensors(AdapterTensors tensors) {
        var all = new ArrayList<Tensor>();
        for (var lora : tensors.modules()) {
            all.addAll(List.of(lora.a(), lora.b()));
            lora.biasOfB().ifPresent(all::add);
            lora.magnitude().ifPresent(all::add);
        }
        tensors.biases().forEach(bias -> all.add(bias.tensor()));
        tensors.matrices().forEach(matrix -> all.add(matrix.tensor()));
        return all.stream().map(Tensor::name).toList();
    }

    private static void assertModule(Adapter adapter, String name, int rank, float scale) {
        assertThat(adapter.modules())
                .filteredOn(lora -> lora.module().name().equals(name))
                .singleElement()
                .satisfies(lora -> {
                    assertThat(lora.rank()).isEqualTo(rank);
                    assertThat(lora.scale()).isEqualTo(scale);
                    assertThat(lora.a().size(0)).isEqualTo(rank);
                });
    }
}
