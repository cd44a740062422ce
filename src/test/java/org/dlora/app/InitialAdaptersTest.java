package org.dlora.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.ZoneOffset;
import java.util.List;
import org.dlora.adapter.AdapterUploader;
import org.dlora.cluster.AdapterMemory;
import org.dlora.device.MemoryLedger;
import org.dlora.device.cpu.CpuDevice;
import org.dlora.model.BaseModel;
import org.dlora.model.WeightPrecision;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

@ExtendWith(OutputCaptureExtension.class)
class InitialAdaptersTest {
    private static final Path GOLDEN = Path.of("src/test/resources/golden");
    private static final Path MODEL = GOLDEN.resolve("bad/base-model");

    @TempDir Path root;
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
        try (var initial = validate()) {
            assertThat(initial.leftOut()).isOne();
        }
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
        validate().close();
        assertThat(output.toString().lines().filter(line -> line.contains("other-7b")))
                .singleElement()
                .asString()
                .contains("5 adapters (a, b, c, …): adapter_config.json: base_model_name_or_path");
    }

    @Test
    void progressCountsLeftOutAdapters(CapturedOutput output) throws IOException {
        copy("bad/good-adapter", "good");
        copy("bad/good-adapter", "spoilt");
        var clock = Clock.system(ZoneOffset.UTC);
        try (var closing = new Closing();
                var device = new CpuDevice();
                var memory = new AdapterMemory(new SimpleMeterRegistry());
                var initial = validate()) {
            Files.write(root.resolve("spoilt/adapter_model.safetensors"), new byte[0]);
            var uploader =
                    new AdapterUploader(device, WeightPrecision.AUTO, MemoryLedger.unlimited());
            assertThat(initial.upload(uploader, memory, clock, closing)).hasSize(1);
            assertThat(initial.leftOut()).isOne();
        }
        assertThat(output.toString()).contains("Left out " + root.resolve("spoilt"), "adapter 2/2");
    }

    @Test
    void adaptersThatDoNotFitTogetherEndTheStartBeforeTheFirstUpload() throws IOException {
        copy("bad/good-adapter", "a");
        copy("bad/good-adapter", "b");
        var clock = Clock.system(ZoneOffset.UTC);
        try (var closing = new Closing();
                var device = new CpuDevice();
                var memory = new AdapterMemory(new SimpleMeterRegistry());
                var initial = validate()) {
            var uploader =
                    new AdapterUploader(device, WeightPrecision.AUTO, new MemoryLedger(1 << 10));
            assertThatExceptionOfType(StartException.class)
                    .isThrownBy(() -> initial.upload(uploader, memory, clock, closing))
                    .withMessageMatching(
                            "There is not enough memory for 2 adapters: \\d+KB are needed, and 1KB of 1KB are available\\. Keep some of them out of dlora\\.adapters\\.roots, or give the Java heap less \\(-Xmx\\)\\.");
            assertThat(device.bytes()).isZero();
        }
    }

    private InitialAdapters validate() {
        return InitialAdapters.validate(new ModelSource(MODEL, "base", List.of(root)), model);
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
