package org.dlora.model.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.fail;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.function.IntConsumer;
import org.dlora.device.cpu.CpuDevice;
import org.dlora.model.BaseModel;
import org.dlora.model.Golden;
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

    @Test
    void refusesTooManyPositionsBeforeALayerIsPacked() {
        try (var model = BaseModel.open(folder)) {
            refuses(
                    model,
                    Integer.MAX_VALUE,
                    _ -> fail("a layer was packed"),
                    "2147483647 positions of head_dim " + model.spec().headDim());
        }
    }

    private void refuses(BaseModel model, String why) {
        refuses(model, 16, _ -> {}, why);
    }

    private void refuses(BaseModel model, int positions, IntConsumer layerDone, String why) {
        assertThatExceptionOfType(LoadException.class)
                .isThrownBy(() ->
                        DecoderWeights.pack(
                                model, device, WeightPrecision.AUTO, positions, layerDone))
                .withMessageContaining(why);
        assertThat(device.bytes()).isZero();
    }
}
