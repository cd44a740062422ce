package org.dlora.app.wiring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.dlora.model.BaseModel;
import org.dlora.model.cache.ContentHash;
import org.dlora.tensor.DType;
import org.dlora.tensor.LoadException;
import org.dlora.testing.TestFiles;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests of the inputs that change the fingerprint, and of those that do not. */
class SystemFingerprintTest {
    private static final Path MODEL = TestFiles.golden("bad/base-model");
    private static final String MODE = "float32";

    @TempDir Path one;
    @TempDir Path other;

    @BeforeEach
    void copyTheModelTwice() throws IOException {
        for (var folder : List.of(one, other)) {
            try (var files = Files.list(MODEL)) {
                for (var file : files.toList()) {
                    Files.copy(file, folder.resolve(file.getFileName()));
                }
            }
        }
    }

    @Test
    void hashesTheLinesOfItsDescription() throws Exception {
        var weights = ContentHash.of(List.of(one.resolve("model.safetensors")));
        var config = ContentHash.of(List.of(one.resolve("config.json")));
        var lines = weights + "\n" + config + "\nfloat32\nF32\nBF16\n";
        var hash =
                MessageDigest.getInstance("SHA-256").digest(lines.getBytes(StandardCharsets.UTF_8));
        assertThat(fingerprint(one, MODE, DType.F32, DType.BF16))
                .isEqualTo("fp_" + HexFormat.of().formatHex(hash).substring(0, 16));
    }

    @Test
    void sameBaseAndSameModeHaveTheSameFingerprintWhereverTheFilesLie() {
        assertThat(fingerprint(one)).isEqualTo(fingerprint(other));
    }

    @Test
    void numericModeAndDtypesChangeTheFingerprint() {
        assertThat(
                        List.of(
                                fingerprint(one),
                                fingerprint(one, "bfloat16-dot", DType.F32, DType.F32),
                                fingerprint(one, MODE, DType.BF16, DType.F32),
                                fingerprint(one, MODE, DType.F32, DType.BF16)))
                .doesNotHaveDuplicates();
    }

    @Test
    void oneBitOfTheWeightsChangesTheFingerprint() throws IOException {
        var file = other.resolve("model.safetensors");
        var bytes = Files.readAllBytes(file);
        bytes[bytes.length - 1] ^= 1;
        Files.write(file, bytes);
        assertThat(fingerprint(other)).isNotEqualTo(fingerprint(one));
    }

    @Test
    void modelConfigurationChangesTheFingerprintAndTokenizerConfigurationDoesNot()
            throws IOException {
        Files.writeString(other.resolve("tokenizer_config.json"), "{}");
        assertThat(fingerprint(other)).isEqualTo(fingerprint(one));
        var config = other.resolve("config.json");
        Files.writeString(config, Files.readString(config) + "\n");
        assertThat(fingerprint(other)).isNotEqualTo(fingerprint(one));
    }

    @Test
    void aKnownHashSparesReadingTheWeights() throws IOException {
        var content = ContentHash.of(List.of(one.resolve("model.safetensors")));
        var read = fingerprint(one);
        try (var model = BaseModel.open(one)) {
            Files.delete(one.resolve("model.safetensors"));
            assertThat(
                            SystemFingerprint.of(
                                    model, Optional.of(content), MODE, DType.F32, DType.F32))
                    .isEqualTo(read);
        }
    }

    @Test
    void aFileThatIsGoneIsNamed() throws IOException {
        try (var model = BaseModel.open(one)) {
            Files.delete(one.resolve("config.json"));
            assertThatExceptionOfType(LoadException.class)
                    .isThrownBy(() ->
                            SystemFingerprint.of(
                                    model, Optional.empty(), MODE, DType.F32, DType.F32))
                    .withMessageContaining("config.json");
        }
    }

    private static String fingerprint(Path folder) {
        return fingerprint(folder, MODE, DType.F32, DType.F32);
    }

    private static String fingerprint(Path folder, String mode, DType weights, DType kv) {
        try (var model = BaseModel.open(folder)) {
            return SystemFingerprint.of(model, Optional.empty(), mode, weights, kv);
        }
    }
}
