package org.dlora.adapter.content;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.dlora.adapter.AdapterFolders;
import org.dlora.adapter.AdapterLoader;
import org.dlora.model.BaseModel;
import org.dlora.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.node.ObjectNode;

/** An adapter's version follows what it computes, and nothing else. */
class AdapterVersionTest {
    @TempDir Path folder;

    static Stream<Consumer<ObjectNode>> sameMaths() {
        return Stream.of(
                config -> config.put("lora_dropout", 0.5),
                config -> config.put("peft_version", "0.1"),
                config -> config.put("base_model_name_or_path", "elsewhere/base-model"),
                config -> config.put("target_modules", ".*(q|v)_proj"),
                config -> config.put("r", 9).putObject("rank_pattern").put(".*proj", 4),
                config -> config.put("lora_alpha", 4.0).put("use_rslora", true),
                config -> config.putObject("alpha_pattern").put("mlp.up_proj", 3));
    }

    static Stream<Consumer<ObjectNode>> otherMaths() {
        return Stream.of(
                config -> config.put("lora_alpha", 16),
                config -> config.put("use_rslora", true),
                config -> config.putObject("alpha_pattern").put("layers.1.self_attn.v_proj", 9));
    }

    @ParameterizedTest
    @MethodSource("sameMaths")
    void harmlessFieldsLeaveTheVersion(Consumer<ObjectNode> change) {
        assertThat(version(change, AdapterFolders.tensors())).isEqualTo(version());
    }

    @ParameterizedTest
    @MethodSource("otherMaths")
    void fieldsOfTheMathsChangeTheVersion(Consumer<ObjectNode> change) {
        assertThat(version(change, AdapterFolders.tensors())).isNotEqualTo(version());
    }

    @Test
    void orderOfTensorsLeavesTheVersion() {
        assertThat(version(_ -> {}, AdapterFolders.tensors().reversed())).isEqualTo(version());
    }

    @Test
    void everyTensorsLastBitChangesTheVersion() {
        var tensors = AdapterFolders.tensors();
        for (var tensor : tensors) {
            flipLowestBitOfLastElement(tensor);
            assertThat(version(_ -> {}, tensors)).as(tensor.name()).isNotEqualTo(version());
            flipLowestBitOfLastElement(tensor);
        }
        assertThat(version(_ -> {}, tensors)).isEqualTo(version());
    }

    private static void flipLowestBitOfLastElement(Tensor tensor) {
        long at = tensor.data().byteSize() - Float.BYTES;
        byte old = tensor.data().get(ValueLayout.JAVA_BYTE, at);
        tensor.data().set(ValueLayout.JAVA_BYTE, at, (byte) (old ^ 1));
    }

    private String version() {
        return version(_ -> {}, AdapterFolders.tensors());
    }

    private String version(Consumer<ObjectNode> change, List<Tensor> tensors) {
        var config = AdapterFolders.config();
        change.accept(config);
        AdapterFolders.write(folder, config, tensors);
        try (var base = BaseModel.open(AdapterFolders.BASE);
                var adapter = AdapterLoader.load(folder, base)) {
            return adapter.version();
        }
    }
}
