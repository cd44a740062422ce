package org.dlora.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JsonFileTest {
    @TempDir Path folder;

    @Test
    void readsAnObject() throws IOException {
        assertThat(JsonFile.read(write("{\"a\": 1}")).get("a").intValue()).isEqualTo(1);
    }

    /**
     * Two bytes of text can become fifty bytes of heap, so a small file could ask for gigabytes.
     */
    @Test
    void boundsTokensBesidesBytes() throws IOException {
        var file = write("{\"a\": [[]" + ",[]".repeat(600_000) + "]}");
        assertThatExceptionOfType(LoadException.class)
                .isThrownBy(() -> JsonFile.read(file))
                .withMessageStartingWith("config.json: ")
                .withMessageContaining("1000000");
    }

    @Test
    void readsALargeVocabulary() throws IOException {
        var file = write("{\"merges\": [[\"a\",\"b\"]" + ",[\"a\",\"b\"]".repeat(300_000) + "]}");
        assertThat(JsonFile.readVocabulary(file).get("merges")).hasSize(300_001);
    }

    private Path write(String text) throws IOException {
        return Files.writeString(folder.resolve("config.json"), text);
    }
}
