package org.dlora.app.wiring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import org.dlora.adapter.ContentMemo;
import org.dlora.adapter.RegisteredAdapter;
import org.dlora.adapter.weights.AdapterUploader;
import org.dlora.app.source.ModelSource;
import org.dlora.catalogue.served.Registrations;
import org.dlora.cluster.adapters.ServedAdapter;
import org.dlora.device.MemoryLedger;
import org.dlora.device.cpu.CpuDevice;
import org.dlora.model.BaseModel;
import org.dlora.model.weights.WeightPrecision;
import org.dlora.tensor.LoadException;
import org.dlora.testing.TestFiles;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

@ExtendWith(OutputCaptureExtension.class)
class InitialAdaptersTest {
    private static final Path GOLDEN = TestFiles.golden();
    private static final Path MODEL = GOLDEN.resolve("bad/base-model");

    @TempDir Path root;
    private final CpuDevice device = new CpuDevice();
    private BaseModel model;

    @BeforeEach
    void open() {
        model = BaseModel.open(MODEL);
    }

    @AfterEach
    void close() {
        model.close();
    }

    @Test
    void adapterOfAnotherBaseIsLeftOutInAFewLines(CapturedOutput output) throws IOException {
        copy("adapters/llama-gqa/patterns", "foreign");
        copy("bad/good-adapter", "good");
        assertThat(register().leftOut()).isOne();
        var said = output.toString();
        assertThat(said)
                .containsPattern(
                        "Left out .*foreign: adapter_model.safetensors: tensor .* has shape")
                .containsPattern(
                        "and \\d+ other problems; see all by: java -jar dlora.jar inspect .*foreign --model=.*base-model");
        assertThat(said.lines().filter(line -> line.contains("adapter_model.safetensors")))
                .hasSize(3);
    }

    @Test
    void warningOfManyAdaptersComesOnce(CapturedOutput output) throws IOException {
        for (var name : List.of("a", "b", "c", "d", "e")) {
            copy("bad/adapter-other-base", name);
        }
        register();
        assertThat(output.toString().lines().filter(line -> line.contains("other-7b")))
                .singleElement()
                .asString()
                .contains("5 adapters (a, b, c, …): adapter_config.json: base_model_name_or_path");
    }

    @Test
    void contentIsNotReadAtTheStart() throws IOException {
        copy("bad/good-adapter", "good");
        copy("bad/adapter-nan", "nan");
        var initial = register();
        assertThat(initial.leftOut()).isZero();
        var served =
                initial.served(new Registrations(Clock.fixed(Instant.EPOCH, ZoneOffset.UTC), 0));
        assertThat(served).extracting(ServedAdapter::id).containsExactly("good#1", "nan#2");
        assertThat(served).allMatch(adapter -> adapter.version().isEmpty());
        assertThat(initial.bytes()).isPositive();
        served.getFirst().source().validate();
        assertThat(served.getFirst().version()).isPresent();
        assertThatExceptionOfType(LoadException.class)
                .isThrownBy(() -> served.getLast().source().validate());
    }

    private InitialAdapters register() {
        var uploader = new AdapterUploader(device, WeightPrecision.AUTO, MemoryLedger.unlimited());
        return InitialAdapters.register(
                new ModelSource(MODEL, "base", List.of(root)),
                folder -> RegisteredAdapter.of(folder, model, uploader, ContentMemo.none()));
    }

    private void copy(String adapter, String name) throws IOException {
        var target = Files.createDirectory(root.resolve(name));
        try (var files = Files.list(GOLDEN.resolve(adapter))) {
            for (var file : files.filter(Files::isRegularFile).toList()) {
                Files.copy(file, target.resolve(file.getFileName()));
            }
        }
    }
}
