package org.dlora.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import org.junit.jupiter.api.Test;

class DemoFilesTest {

    @Test
    void outOfAFolderTheyAreUsedInPlaceAndStay() throws IOException {
        try (var demo = DemoFiles.open()) {
            assertThat(demo.model().resolve("config.json")).exists();
            try (var adapters = Files.list(demo.adapters())) {
                assertThat(adapters).hasSize(8);
            }
        }
        assertThat(DemoFiles.open().model()).exists();
    }
}
