package org.dlora.app.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicLong;
import org.dlora.catalogue.source.hub.FakeHub;
import org.dlora.catalogue.source.hub.HubReference;
import org.dlora.engine.opening.StartException;
import org.dlora.model.BaseModel;
import org.dlora.testing.TestFiles;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HubModelsTest {
    private static final Path DEMO = TestFiles.demo("model");
    private static final HubReference NAME = HubReference.parse("hf:org/name");

    private final FakeHub server = new FakeHub();
    @TempDir Path cache;

    @BeforeEach
    void repository() throws IOException {
        server.folder(DEMO)
                .file("pytorch_model.bin", "pickle")
                .file("consolidated.safetensors", "other")
                .file("README.md", "no");
    }

    @AfterEach
    void close() {
        server.close();
    }

    private HubModels models() {
        return new HubModels(server.settings(cache), "dlora.model");
    }

    @Test
    void modelIsServedFromTheCache() {
        var most = new AtomicLong();
        try (var models = models()) {
            var folder = models.fetch(NAME, transfer -> most.set(transfer.bytes()), () -> {});
            assertThat(folder)
                    .isDirectoryNotContaining("glob:**.bin")
                    .isDirectoryNotContaining("glob:**consolidated*")
                    .isDirectoryNotContaining("glob:**.md");
            try (var model = BaseModel.open(folder);
                    var demo = BaseModel.open(DEMO)) {
                assertThat(model.spec()).isEqualTo(demo.spec());
            }
        }
        assertThat(most.get()).isPositive();
        server.close();
        try (var models = models()) {
            assertThat(models.fetch(NAME, _ -> {}, () -> {})).isDirectory();
        }
    }

    @Test
    void shutdownEndsTheDownload() {
        try (var models = models()) {
            assertThatThrownBy(() ->
                            models.fetch(
                                    NAME,
                                    _ -> {},
                                    () -> {
                                        throw new CancellationException("shutting down");
                                    }))
                    .isInstanceOf(CancellationException.class)
                    .hasMessage("shutting down");
        }
    }

    @Test
    void modelThatCannotBeHadEndsTheStartInWords() {
        server.close();
        try (var models = models()) {
            assertThatExceptionOfType(StartException.class)
                    .isThrownBy(() -> models.fetch(NAME, _ -> {}, () -> {}))
                    .withMessageStartingWith(
                            "dlora.model: hf:org/name is not in the cache " + cache);
        }
    }
}
