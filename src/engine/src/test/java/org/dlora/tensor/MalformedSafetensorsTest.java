package org.dlora.tensor;

import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Path;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.dlora.testing.TestFiles;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The weight files of {@code golden/bad}, and random damage to a sound one. */
class MalformedSafetensorsTest {
    private static final Path BAD = TestFiles.golden("bad");

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "adapter-bad-dtype|adapter_model.safetensors|dtype|base_model.",
                "adapter-empty-file|adapter_model.safetensors|empty or too short|0",
                "adapter-header-duplicate-name|adapter_model.safetensors|duplicate|base_model.",
                "adapter-header-length-huge|adapter_model.safetensors|header length|9223372036854775800",
                "adapter-header-length-unsigned|adapter_model.safetensors|header length|18446744073709551615",
                "adapter-header-not-json|adapter_model.safetensors|header|JSON",
                "adapter-header-too-long|adapter_model.safetensors|header length|truncated",
                "adapter-index-inner-dotdot|adapter_model.safetensors.index.json|path outside the folder|x/../..",
                "adapter-index-zip-slip|adapter_model.safetensors.index.json|path outside the folder|passwd",
                "adapter-no-weights|adapter_model.safetensors|missing|safetensors",
                "adapter-offset-negative|adapter_model.safetensors|data_offsets|base_model.",
                "adapter-offsets-overlap|adapter_model.safetensors|overlap|base_model.",
                "adapter-offsets-reversed|adapter_model.safetensors|data_offsets|base_model.",
                "adapter-shape-overflow|adapter_model.safetensors|shape|base_model.",
                "adapter-size-mismatch|adapter_model.safetensors|shape|base_model.",
                "adapter-truncated|adapter_model.safetensors|beyond the end of the file|truncated",
                "model-bad-dtype|model.safetensors|dtype|model.",
                "model-header-too-long|model.safetensors|header length|truncated",
                "model-index-missing-shard|model-00001-of-00001.safetensors|missing|model-index-missing-shard",
                "model-index-zip-slip|model.safetensors.index.json|path outside the folder|passwd",
                "model-offset-negative|model.safetensors|data_offsets|model.",
                "model-offsets-overlap|model.safetensors|overlap|model.",
                "model-truncated|model.safetensors|beyond the end of the file|truncated",
            })
    void refusesEveryMalformedFile(String folder, String file, String problem, String detail) {
        var stem = folder.startsWith("adapter") ? "adapter_model" : "model";
        assertThatExceptionOfType(LoadException.class)
                .isThrownBy(() -> SafetensorsFolder.open(BAD.resolve(folder), stem))
                .withMessageStartingWith(file + ": ")
                .withMessageContainingAll(problem, detail);
    }

    @Property(tries = 300)
    void damagedFilesAreReadOrRefused(
            @ForAll @Size(min = 1, max = 4) int[] places, @ForAll @IntRange(max = 255) int value)
            throws IOException {
        var bytes = DamagedFile.sound();
        for (int place : places) {
            bytes[Math.floorMod(place, 1200)] = (byte) value;
        }
        DamagedFile.checkIsReadOrRefused(bytes);
    }
}
