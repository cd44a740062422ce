package org.dlora.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.dlora.testing.TestFiles;

/** A sound weight file, and the check that a damaged copy is read whole or refused. */
final class DamagedFile {
    private static final String NAME = "adapter_model.safetensors";
    private static final Path SOUND = TestFiles.golden("bad/good-adapter").resolve(NAME);

    private DamagedFile() {}

    /** Returns the bytes of the file that tests damage. */
    static byte[] sound() throws IOException {
        return Files.readAllBytes(SOUND);
    }

    /** Asserts that a file of {@code bytes} is read whole, or refused by its name. */
    static void checkIsReadOrRefused(byte[] bytes) throws IOException {
        var folder = Files.createTempDirectory("safetensors");
        var file = folder.resolve(NAME);
        try {
            Files.write(file, bytes);
            open(folder);
        } finally {
            Files.deleteIfExists(file);
            Files.delete(folder);
        }
    }

    private static void open(Path folder) {
        try (var tensors = SafetensorsFolder.open(folder, "adapter_model")) {
            for (var name : tensors.names()) {
                var tensor = tensors.tensor(name);
                assertThat(tensor.data().byteSize())
                        .isEqualTo(tensor.elements() * tensor.dtype().bytes());
            }
        } catch (LoadException e) {
            assertThat(e).hasMessageStartingWith(NAME + ": ");
        }
    }
}
