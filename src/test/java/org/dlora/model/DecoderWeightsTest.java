package org.dlora.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import org.dlora.device.cpu.CpuDevice;
import org.dlora.tensor.LoadException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DecoderWeightsTest {
    @TempDir Path folder;

    private final CpuDevice device = new CpuDevice();

    @BeforeEach
    void copyModel() throws IOException {
        try (var files = Files.list(Golden.ROOT.resolve("bad/base-model"))) {
            for (var file : files.toList()) {
                Files.copy(file, folder.resolve(file.getFileName()));
            }
        }
    }

    @Test
    void refusesFilesCutShortDuringPacking() throws IOException {
        try (var model = BaseModel.open(folder)) {
            Files.write(folder.resolve("model.safetensors"), new byte[0]);
            refuses(model, folder + ": a file of weights was cut short while it was read; load it");
        }
    }

    @Test
    void refusesFilesWrittenToDuringPacking() throws IOException {
        try (var model = BaseModel.open(folder)) {
            Files.setLastModifiedTime(folder.resolve("model.safetensors"), FileTime.fromMillis(1));
            refuses(model, "model.safetensors: was written to while it was read; load it again");
        }
    }

    private void refuses(BaseModel model, String why) {
        assertThatExceptionOfType(LoadException.class)
                .isThrownBy(
                        () -> DecoderWeights.pack(model, device, WeightPrecision.AUTO, 16, _ -> {}))
                .withMessageContaining(why);
        assertThat(device.bytes()).isZero();
    }
}
