package org.dlora.adapter.content;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.dlora.adapter.AdapterFolders;
import org.dlora.adapter.AdapterLoader;
import org.dlora.model.BaseModel;
import org.dlora.tensor.DType;
import org.dlora.tensor.LoadException;
import org.dlora.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every tensor is accounted for; what {@code bad/} has no case for. */
class LoraTensorsTest {
    private static final String V_PROJ = "base_model.model.model.layers.1.self_attn.v_proj";

    @TempDir Path folder;

    @Test
    void refusesTensorsUnknownToTheConfiguration() {
        assertRefused(
                tensors ->
                        tensors.add(
                                AdapterFolders.tensor(
                                        V_PROJ + ".lora_magnitude_vector",
                                        DType.F32,
                                        List.of(1L),
                                        0)),
                "does not belong",
                V_PROJ + ".lora_magnitude_vector");
    }

    @Test
    void refusesNamesThatPeftWouldNotFind() {
        assertRefused(
                tensors ->
                        tensors.replaceAll(
                                t -> renamed(t, t.name().replace(".weight", ".default.weight"))),
                V_PROJ + ".lora_B.default.weight does not belong",
                V_PROJ + ".lora_B.weight is missing");
    }

    @Test
    void refusesAnAdapterWithoutTensors() {
        assertRefused(
                List::clear,
                V_PROJ.replace("1", "0") + ".lora_A.weight is missing",
                V_PROJ + ".lora_B.weight is missing");
    }

    @Test
    void refusesVectorsForMatrices() {
        assertRefused(
                tensors ->
                        tensors.replaceAll(t ->
                                t.name().startsWith(V_PROJ)
                                        ? new Tensor(
                                                t.name(),
                                                t.dtype(),
                                                List.of(t.elements()),
                                                t.data())
                                        : t),
                V_PROJ + ".lora_A.weight has shape [128]");
    }

    @Test
    void refusesDtypesOtherThanFloats() {
        assertRefused(
                tensors ->
                        tensors.replaceAll(t ->
                                t.name().equals(V_PROJ + ".lora_A.weight")
                                        ? new Tensor(t.name(), DType.I32, t.shape(), t.data())
                                        : t),
                V_PROJ + ".lora_A.weight",
                "I32",
                "F32, F16 or BF16");
    }

    @Test
    void namesConfiguredModulesWithoutTensors() {
        var config = AdapterFolders.config();
        config.putArray("target_modules").add("q_proj").add("v_proj").add("k_proj");
        AdapterFolders.write(folder, config, AdapterFolders.tensors());
        assertRefused("layers.0.self_attn.k_proj.lora_A.weight is missing; expected shape [4, 32]");
    }

    @Test
    void namesTensorsOutsideTheConfiguration() {
        var config = AdapterFolders.config();
        config.put("layers_to_transform", 1);
        AdapterFolders.write(folder, config, AdapterFolders.tensors());
        assertRefused("layers.0.self_attn.q_proj.lora_A.weight does not belong");
    }

    @Test
    void listsEveryProblemOnce() {
        var tensors = new ArrayList<>(AdapterFolders.tensors());
        var first = tensors.getFirst();
        tensors.set(0, AdapterFolders.tensor(first.name(), DType.F32, List.of(2L), 0x7fc00000, 0));
        tensors.removeLast();
        tensors.add(AdapterFolders.tensor("stray", DType.F32, List.of(1L), 0));
        var config = AdapterFolders.config().put("use_qalora", true).put("lora_alpha", "much");
        AdapterFolders.write(folder, AdapterFolders.config(), tensors);
        assertThat(problems())
                .satisfiesExactly(
                        p -> assertThat(p).contains(first.name() + " has shape [2]"),
                        p -> assertThat(p).contains("stray does not belong"),
                        p -> assertThat(p).contains("is missing; expected shape"),
                        p -> assertThat(p).contains(first.name() + " holds NaN at element 0"));
        AdapterFolders.write(folder, config, tensors);
        assertThat(problems())
                .satisfiesExactly(
                        p -> assertThat(p).contains("use_qalora is true; expected it unset"),
                        p -> assertThat(p).contains("lora_alpha is \"much\"; expected a number"),
                        p -> assertThat(p).contains(first.name() + " holds NaN at element 0"));
    }

    @Test
    void namesTwentyProblemsOfAKindAndCountsTheOthers() {
        var tensors = new ArrayList<>(AdapterFolders.tensors());
        for (int i = 0; i < 57; i++) {
            tensors.add(AdapterFolders.tensor("stray." + i, DType.F32, List.of(1L), 0));
        }
        tensors.removeFirst();
        AdapterFolders.write(folder, AdapterFolders.config(), tensors);
        assertThat(problems())
                .hasSize(22)
                .contains("… and 37 more")
                .last()
                .asString()
                .contains("is missing");
    }

    @Test
    void warnsOfUnknownTargetsWithoutTensors() {
        var config = AdapterFolders.config();
        config.putArray("target_modules").add("q_proj").add("v_proj").add("w_pack");
        AdapterFolders.write(folder, config, AdapterFolders.tensors());
        try (var base = BaseModel.open(AdapterFolders.BASE);
                var adapter = AdapterLoader.load(folder, base)) {
            assertThat(adapter.modules()).hasSize(4);
            assertThat(adapter.warnings())
                    .singleElement()
                    .asString()
                    .contains("target module \"w_pack\" does not exist in the base model");
        }
    }

    @Test
    void refusesAConfigurationOfUnknownTargetsOnly() {
        var config = AdapterFolders.config();
        config.putArray("target_modules").add("w_pack").add("c_attn");
        AdapterFolders.write(folder, config, AdapterFolders.tensors());
        assertThat(problems())
                .hasSize(3)
                .first()
                .asString()
                .contains("adapter_config.json: target module \"w_pack\" does not exist");
    }

    private List<String> problems() {
        try (var base = BaseModel.open(AdapterFolders.BASE)) {
            return catchThrowableOfType(LoadException.class, () -> AdapterLoader.load(folder, base))
                    .problems();
        }
    }

    private void assertRefused(Consumer<List<Tensor>> change, String... substance) {
        var tensors = new ArrayList<>(AdapterFolders.tensors());
        change.accept(tensors);
        AdapterFolders.write(folder, AdapterFolders.config(), tensors);
        assertRefused(substance);
    }

    private void assertRefused(String... substance) {
        try (var base = BaseModel.open(AdapterFolders.BASE)) {
            assertThatExceptionOfType(LoadException.class)
                    .isThrownBy(() -> AdapterLoader.load(folder, base))
                    .withMessageStartingWith("adapter_model.safetensors: ")
                    .satisfies(e -> assertThat(e.getMessage()).contains(substance));
        }
    }

    private static Tensor renamed(Tensor tensor, String name) {
        return new Tensor(name, tensor.dtype(), tensor.shape(), tensor.data());
    }
}
