package org.dlora.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
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

    @Test
    void filesWithoutAnObjectAreNamed() throws IOException {
        for (var found : List.of("[] array", "5 number", "\"x\" string", "null null", " missing")) {
            var file = write(found.substring(0, found.indexOf(' ')));
            assertThatExceptionOfType(LoadException.class)
                    .isThrownBy(() -> JsonFile.read(file))
                    .withMessage(
                            "config.json: must hold a JSON object, found "
                                    + found.substring(found.indexOf(' ') + 1)
                                    + "; correct it or copy it there again");
        }
    }

    @Test
    void namesTheFolderThatLacksTheFile() {
        var file = folder.resolve("config.json");
        assertThatExceptionOfType(LoadException.class)
                .isThrownBy(() -> JsonFile.read(file))
                .withMessage("config.json: missing from " + folder + "; copy it there");
        assertThatExceptionOfType(LoadException.class)
                .isThrownBy(() -> JsonFile.checkThere(folder));
    }

    @Test
    void saysWhereTheJsonIsWrong() throws IOException {
        var file = write("{\"a\": 1,\n \"a\": 2}");
        assertThatExceptionOfType(LoadException.class)
                .isThrownBy(() -> JsonFile.read(file))
                .withMessage(
                        "config.json: is not valid JSON at line 2, column 5: Duplicate Object property \"a\"; correct it or copy it there again");
    }

    @Test
    void boundsNestingAndTheLengthOfNumbers() throws IOException {
        // The object itself is one level, so its value may have 99.
        assertThat(JsonFile.read(write(nested(99))).size()).isEqualTo(1);
        var tooDeep = write(nested(100));
        assertThatExceptionOfType(LoadException.class).isThrownBy(() -> JsonFile.read(tooDeep));
        assertThat(JsonFile.read(write("{\"a\": " + "9".repeat(100) + "}")).size()).isEqualTo(1);
        var tooLong = write("{\"a\": " + "9".repeat(101) + "}");
        assertThatExceptionOfType(LoadException.class).isThrownBy(() -> JsonFile.read(tooLong));
    }

    @Test
    void boundsBytesBeforeItReadsThem() throws IOException {
        var file = write("{}");
        try (var channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(new byte[] {' '}), 100L << 20); // sparse: takes no disk
        }
        assertThatExceptionOfType(LoadException.class)
                .isThrownBy(() -> JsonFile.readVocabulary(file))
                .withMessage("config.json: has 104857601 bytes; at most 104857600 are read");
    }

    private static String nested(int arrays) {
        return "{\"a\": " + "[".repeat(arrays) + "]".repeat(arrays) + "}";
    }

    private Path write(String text) throws IOException {
        return Files.writeString(folder.resolve("config.json"), text);
    }
}
