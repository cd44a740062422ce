package org.dlora.tensor;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import org.dlora.testing.TestFiles;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SafetensorsFolderTest {
    private static final Path MODELS = TestFiles.golden("models");

    private static final String ONE_BYTE =
            "{\"x\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}";

    @TempDir Path folder;

    @Test
    void readsASingleFile() {
        try (var tensors = SafetensorsFolder.open(MODELS.resolve("llama-mha-tied"), "model")) {
            var norm = tensors.tensor("model.norm.weight");
            assertThat(norm.dtype()).isEqualTo(DType.F32);
            assertThat(norm.shape()).containsExactly(64L);
            assertThat(norm.data().byteSize()).isEqualTo(256);
            assertThat(norm.getFloat(63)).isFinite();
        }
    }

    @Test
    void readsShardsThroughTheirIndex() {
        try (var tensors = SafetensorsFolder.open(MODELS.resolve("llama-gqa"), "model")) {
            assertThat(tensors.names())
                    .hasSize(39)
                    .contains("lm_head.weight", "model.layers.3.mlp.up_proj.weight");
            assertThat(tensors.tensor("lm_head.weight").shape()).containsExactly(448L, 64L);
        }
    }

    @Test
    void widensEveryServableDtypeExactly() throws IOException {
        var data = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
        data.putFloat(-1.5f).putShort((short) 0x3e00).putShort((short) 0x3fc0);
        write(
                "model.safetensors",
                """
                {"f32":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},
                 "f16":{"dtype":"F16","shape":[1],"data_offsets":[4,6]},
                 "bf16":{"dtype":"BF16","shape":[1,1],"data_offsets":[6,8]},
                 "__metadata__":{"format":"pt"}}\
                """,
                data.array());
        try (var tensors = SafetensorsFolder.open(folder, "model")) {
            assertThat(tensors.names()).containsExactly("f32", "f16", "bf16");
            assertThat(tensors.tensor("f32").getFloat(0)).isEqualTo(-1.5f);
            assertThat(tensors.tensor("f16").getFloat(0)).isEqualTo(1.5f);
            assertThat(tensors.tensor("bf16").getFloat(0)).isEqualTo(1.5f);
        }
    }

    @Test
    void mapsDataBeyondTwoGibibytes() throws IOException {
        long elements = (1L << 31) + 16;
        var header =
                header(
                        "{\"big\":{\"dtype\":\"U8\",\"shape\":[%d],\"data_offsets\":[0,%d]}}"
                                .formatted(elements, elements));
        try (var file = new RandomAccessFile(folder.resolve("model.safetensors").toFile(), "rw")) {
            file.write(header);
            file.setLength(header.length + elements); // sparse: takes no disk
            file.seek(header.length + elements - 1);
            file.write(42);
        }
        try (var tensors = SafetensorsFolder.open(folder, "model")) {
            var big = tensors.tensor("big");
            assertThat(big.data().get(java.lang.foreign.ValueLayout.JAVA_BYTE, elements - 1))
                    .isEqualTo((byte) 42);
        }
    }

    @Test
    void followsAShardThatIsASymbolicLinkAsInTheHubCache() throws IOException {
        var blob = Files.createTempFile(folder, "blob", "");
        write(blob, "{\"x\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}", new byte[1]);
        var snapshot = Files.createDirectory(folder.resolve("snapshot"));
        Files.createSymbolicLink(snapshot.resolve("model-1.safetensors"), blob);
        Files.writeString(
                snapshot.resolve("model.safetensors.index.json"),
                "{\"weight_map\":{\"x\":\"model-1.safetensors\"}}");
        try (var tensors = SafetensorsFolder.open(snapshot, "model")) {
            assertThat(tensors.names()).containsExactly("x");
        }
    }

    @Test
    void namesAMissingTensorAndAMissingFile() throws IOException {
        write("model.safetensors", "{}", new byte[0]);
        try (var tensors = SafetensorsFolder.open(folder, "model")) {
            assertThatExceptionOfType(LoadException.class)
                    .isThrownBy(() -> tensors.tensor("lm_head.weight"))
                    .withMessageContainingAll("model.safetensors", "lm_head.weight", "missing");
        }
        assertThatExceptionOfType(LoadException.class)
                .isThrownBy(() -> SafetensorsFolder.open(folder, "adapter_model"))
                .withMessageContainingAll("adapter_model.safetensors", "missing");
    }

    @Test
    void refusesAnIndexThatDisagreesWithItsShards() throws IOException {
        write(
                "a.safetensors",
                "{\"x\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}",
                new byte[1]);
        write(
                "b.safetensors",
                "{\"x\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}",
                new byte[1]);
        assertRefusedIndex(
                "{\"weight_map\":{\"x\":\"a.safetensors\",\"y\":\"a.safetensors\"}}",
                "y",
                "missing",
                "a.safetensors");
        assertRefusedIndex(
                "{\"weight_map\":{\"x\":\"a.safetensors\",\"y\":\"b.safetensors\"}}", "x", "both");
        assertRefusedIndex(
                "{\"weight_map\":{\"x\":\"c.safetensors\"}}", "c.safetensors", "missing");
        assertRefusedIndex("{\"weight_map\":{\"x\":1}}", "weight_map.x");
        assertRefusedIndex("{\"weight_map\":[]}", "weight_map");
        assertRefusedIndex("[]", "object");
        assertRefusedIndex(
                "{\"weight_map\":{\"x\":\"a.safetensors\",\"x\":\"b.safetensors\"}}",
                "Duplicate",
                "x");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "..",
                ".",
                "",
                "/etc/a.safetensors",
                "s/a.safetensors",
                "s\\\\a.safetensors",
                "a\\u0000.safetensors",
                "a.bin"
            })
    void refusesAShardThatIsNotAPlainFileName(String name) throws IOException {
        assertRefusedIndex(
                "{\"weight_map\":{\"x\":\"%s\"}}".formatted(name), "path outside the folder");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"x\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}} {}",
                "{\"x\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}",
                "{\"x\":{\"dtype\":\"U8\",\"shape\":[1.0],\"data_offsets\":[0,1]}}",
                "{\"x\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,18446744073709551617]}}",
                "{\"x\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1,1]}}",
                "{\"x\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0]}}",
                "{\"x\":{\"dtype\":\"U8\",\"shape\":[[1]],\"data_offsets\":[0,1]}}",
                "{\"x\":{\"dtype\":\"U8\",\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}",
                "{\"x\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1],\"strides\":[1]}}",
                "{\"x\":{\"dtype\":1,\"shape\":[1],\"data_offsets\":[0,1]}}",
                "{\"x\":{\"shape\":[1],\"data_offsets\":[0,1]}}",
                "{\"x\":[]}",
                "{\"\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}",
                "{\"x\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[1,2]}}",
                "{}",
                "",
                " {}",
                "[]",
            })
    void refusesAMalformedHeader(String header) throws IOException {
        write("model.safetensors", header, new byte[1]);
        assertThatExceptionOfType(LoadException.class)
                .isThrownBy(() -> SafetensorsFolder.open(folder, "model"))
                .withMessageStartingWith("model.safetensors: ");
    }

    @Test
    void refusesAHeaderNestedTooDeep() throws IOException {
        write("model.safetensors", "{\"__metadata__\":" + "[".repeat(100_000), new byte[0]);
        assertThatExceptionOfType(LoadException.class)
                .isThrownBy(() -> SafetensorsFolder.open(folder, "model"))
                .withMessageContainingAll("model.safetensors", "header", "JSON");
    }

    @Test
    void refusesAnEndlessShapeBeforeTheHeapFills() throws IOException {
        write(
                "model.safetensors",
                "{\"x\":{\"dtype\":\"U8\",\"shape\":[1"
                        + ",1".repeat(100)
                        + "],\"data_offsets\":[0,1]}}",
                new byte[1]);
        assertThatExceptionOfType(LoadException.class)
                .isThrownBy(() -> SafetensorsFolder.open(folder, "model"))
                .withMessageContaining("tensor x: shape has more than 64 elements");
    }

    @Test
    void namesTheTensorThatLeavesAGap() throws IOException {
        write(
                "model.safetensors",
                """
                {"x":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"y":{"dtype":"U8","shape":[1],"data_offsets":[2,3]}}\
                """,
                new byte[3]);
        assertThatExceptionOfType(LoadException.class)
                .isThrownBy(() -> SafetensorsFolder.open(folder, "model"))
                .withMessageContainingAll("gap", "y", "x");
    }

    @Test
    void acceptsScalarsAndEmptyTensors() throws IOException {
        write(
                "model.safetensors",
                """
                {"scalar":{"dtype":"U8","shape":[],"data_offsets":[0,1]},"empty":{"dtype":"F32","shape":[0,3],"data_offsets":[0,0]}}\
                """,
                new byte[1]);
        try (var tensors = SafetensorsFolder.open(folder, "model")) {
            assertThat(tensors.tensor("scalar").elements()).isEqualTo(1);
            assertThat(tensors.tensor("empty").elements()).isZero();
            assertThat(List.copyOf(tensors.names())).containsExactly("scalar", "empty");
        }
    }

    @Test
    void closingUnmapsTheFiles() throws IOException {
        write("model.safetensors", ONE_BYTE, new byte[1]);
        Tensor tensor;
        try (var tensors = SafetensorsFolder.open(folder, "model")) {
            tensor = tensors.tensor("x");
            assertThat(tensors.file()).isEqualTo("model.safetensors");
            assertThat(tensors.files()).containsExactly(folder.resolve("model.safetensors"));
        }
        assertThat(tensor.data().scope().isAlive()).isFalse();
    }

    @Test
    void aFileThatWasWrittenToOrRemovedIsNoticed() throws IOException {
        var file = folder.resolve("model.safetensors");
        write("model.safetensors", ONE_BYTE, new byte[1]);
        var opened = Files.getLastModifiedTime(file);
        try (var tensors = SafetensorsFolder.open(folder, "model")) {
            assertThatCode(tensors::checkUnchanged).doesNotThrowAnyException();
            Files.setLastModifiedTime(file, FileTime.fromMillis(opened.toMillis() + 1000));
            assertChanged(tensors);
            write("model.safetensors", ONE_BYTE, new byte[2]);
            Files.setLastModifiedTime(file, opened);
            assertChanged(tensors);
            Files.delete(file);
            assertChanged(tensors);
        }
    }

    private static void assertChanged(SafetensorsFolder tensors) {
        assertThatExceptionOfType(LoadException.class)
                .isThrownBy(tensors::checkUnchanged)
                .withMessage(
                        "model.safetensors: was written to while it was read; load it again once it is whole");
    }

    @Test
    void theSingleFileIsUsedWhereBothExist() throws IOException {
        write("model.safetensors", ONE_BYTE, new byte[1]);
        Files.writeString(folder.resolve("model.safetensors.index.json"), "{}");
        try (var tensors = SafetensorsFolder.open(folder, "model")) {
            assertThat(tensors.file()).isEqualTo("model.safetensors");
        }
    }

    private void assertRefusedIndex(String json, CharSequence... mentions) throws IOException {
        Files.writeString(folder.resolve("model.safetensors.index.json"), json);
        assertThatExceptionOfType(LoadException.class)
                .isThrownBy(() -> SafetensorsFolder.open(folder, "model"))
                .withMessageContainingAll(mentions);
    }

    private void write(String name, String header, byte[] data) throws IOException {
        write(folder.resolve(name), header, data);
    }

    private static void write(Path file, String header, byte[] data) throws IOException {
        try (var out = Files.newOutputStream(file)) {
            out.write(header(header));
            out.write(data);
        }
    }

    private static byte[] header(String json) {
        var bytes = json.getBytes(UTF_8);
        return ByteBuffer.allocate(8 + bytes.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(bytes.length)
                .put(bytes)
                .array();
    }
}
