package org.dlora.adapter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
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
    void refusesTensorsNobodyAskedFor() {
        assertRefused(
                tensors ->
                        tensors.add(
                                AdapterFolders.tensor(
                                        V_PROJ + ".lora_magnitude_vector",
                                        DType.F32,
                                        List.of(1L),
                                        0)),
                "do not belong",
                V_PROJ + ".lora_magnitude_vector");
    }

    @Test
    void refusesNamesThatPeftWouldNotFind() {
        assertRefused(
                tensors ->
                        tensors.replaceAll(
                                t -> renamed(t, t.name().replace(".weight", ".default.weight"))),
                "do not belong",
                ".default.weight",
                "and 5 more",
                "missing tensors");
    }

    @Test
    void refusesAnAdapterWithoutTensors() {
        assertRefused(List::clear, "missing tensors", V_PROJ.replace("1", "0"), "and 5 more");
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
                "model.layers.1.self_attn.v_proj",
                "matrices",
                "[128]");
    }

    @Test
    void refusesDtypesThatAreNoWeights() {
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
    void namesTheConfigurationsModulesThatHaveNoTensors() {
        var config = AdapterFolders.config();
        config.putArray("target_modules").add("q_proj").add("v_proj").add("k_proj");
        AdapterFolders.write(folder, config, AdapterFolders.tensors());
        assertRefused("missing tensors", "layers.0.self_attn.k_proj.lora_A.weight");
    }

    @Test
    void namesTensorsThatTheConfigurationLeavesOut() {
        var config = AdapterFolders.config();
        config.put("layers_to_transform", 1);
        AdapterFolders.write(folder, config, AdapterFolders.tensors());
        assertRefused("do not belong", "layers.0.self_attn.q_proj.lora_A.weight");
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
